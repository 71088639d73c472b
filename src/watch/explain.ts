import type { PrometheusApi } from "../metrics/api.ts";
import type { Instrument, SignalRule } from "../model/signal.ts";
import { type EpochMs, instantAt } from "../model/time.ts";
import type { Share } from "../trigger/interval.ts";
import { seatReaders } from "../trigger/seats.ts";
import { type Check, checkObserved, type SignalStatus } from "./check.ts";
import { measure } from "./measure.ts";
import type { Observed } from "./observe.ts";

/** Everything behind one line of `check`. */
export interface Explanation {
  readonly check: Check;
  readonly status: SignalStatus;
  readonly instrument: Instrument | null;
  /** The newest evaluations, oldest first. */
  readonly samples: readonly ExplainedSample[];
  /** The histogram behind a quantile at the last instant. */
  readonly shares: readonly Share[];
}

export interface ExplainedSample {
  readonly at: EpochMs;
  /** One per column of the instrument, `null` where there was no sample. */
  readonly values: readonly (number | null)[];
}

const SAMPLE_COUNT = 12;

/** `signal` must be one of the rule's. */
export async function explain(
  api: PrometheusApi,
  clusterName: string,
  observed: Observed,
  signal: SignalRule,
): Promise<Explanation> {
  const check = await checkObserved(api, clusterName, observed);
  const measurements = await measure(api, observed, check.decision.at);
  const index = observed.rule.signals.findIndex(({ id }) => id === signal.id);
  return {
    check,
    status: check.signals[index] as SignalStatus,
    instrument: observed.readers[index]?.instrument ?? null,
    samples: newestSamples(observed, index),
    shares: measurements[index]?.shares ?? [],
  };
}

function newestSamples({ readers, history }: Observed, index: number): readonly ExplainedSample[] {
  const seat = seatReaders(readers)[index];
  if (seat === undefined || seat.width === 0) return [];
  const columns = history.columns.slice(seat.offset, seat.offset + seat.width);
  const first = Math.max(0, history.grid.count - SAMPLE_COUNT);
  return Array.from({ length: history.grid.count - first }, (_, step) => ({
    at: instantAt(history.grid, first + step),
    values: columns.map((column) => {
      const value = column[first + step] ?? Number.NaN;
      return Number.isNaN(value) ? null : value;
    }),
  }));
}
