import type { InstantSample, PrometheusApi } from "../metrics/api.ts";
import type { Instrument } from "../model/signal.ts";
import type { EpochMs } from "../model/time.ts";
import { type QuantileInterval, quantileInterval, type Share, sharesOfBuckets } from "../trigger/interval.ts";
import { tailShare } from "../trigger/judge.ts";
import { seatReaders } from "../trigger/seats.ts";
import type { Observed } from "./observe.ts";

/** What a signal reads at one instant: a number, or the interval a quantile must lie in. */
export interface Measurement {
  readonly value: number | null;
  readonly interval: QuantileInterval | null;
  /** The buckets behind a quantile, slowest bound last; empty for everything else. */
  readonly shares: readonly Share[];
}

const NOTHING: Measurement = { value: null, interval: null, shares: [] };

/** One measurement per signal, in the rule's order, at the last instant of the history. */
export async function measure(
  api: PrometheusApi,
  observed: Observed,
  at: EpochMs,
): Promise<readonly Measurement[]> {
  const pending = seatReaders(observed.readers).map(({ instrument, offset, width }) => {
    if (instrument === null) return NOTHING;
    const row = lastRow(observed, offset, width);
    return instrument.columns[0]?.bound === null
      ? { ...NOTHING, value: finite(row[0]) }
      : measureQuantile(api, instrument, row, at);
  });
  return Promise.all(pending);
}

async function measureQuantile(
  api: PrometheusApi,
  instrument: Instrument,
  row: readonly number[],
  at: EpochMs,
): Promise<Measurement> {
  const tail = instrument.signal.kind === "quantile" ? tailShare(instrument.signal.quantile) : 0;
  const judged = instrument.columns.map(({ bound }, index) => ({
    boundSeconds: bound ?? Number.NaN,
    share: row[index] ?? Number.NaN,
  }));
  // Too little traffic to judge is too little to show a number for.
  if (judged.every(({ share }) => Number.isNaN(share))) return NOTHING;
  const detail = await queryDetail(api, instrument, at);
  const [single] = detail;
  if (single !== undefined && single.labels.le === undefined) {
    return { ...NOTHING, value: finite(single.value) };
  }
  const isJudged = ({ boundSeconds }: Share) => judged.some((each) => each.boundSeconds === boundSeconds);
  const others = sharesOfBuckets(detail.map(bucketOf)).filter((share) => !isJudged(share));
  const shares = [...judged, ...others].sort((a, b) => a.boundSeconds - b.boundSeconds);
  return { value: null, interval: quantileInterval(shares, tail), shares };
}

/** The full histogram only sharpens what the judged columns say, so its failure costs nothing else. */
async function queryDetail(
  api: PrometheusApi,
  instrument: Instrument,
  at: EpochMs,
): Promise<readonly InstantSample[]> {
  if (instrument.detail === undefined) return [];
  return api.query(instrument.detail, at).catch(() => []);
}

function bucketOf({ labels, value }: InstantSample): { readonly le: number; readonly rate: number } {
  return { le: labels.le === "+Inf" ? Number.POSITIVE_INFINITY : Number(labels.le), rate: value };
}

function lastRow({ history }: Observed, offset: number, width: number): readonly number[] {
  return history.columns.slice(offset, offset + width).map((column) => column.at(-1) ?? Number.NaN);
}

function finite(value: number | undefined): number | null {
  return value === undefined || Number.isNaN(value) ? null : value;
}
