import type { Config } from "../config/config.ts";
import type { PrometheusApi } from "../metrics/api.ts";
import { discover } from "../metrics/discover.ts";
import { readHistory } from "../metrics/readHistory.ts";
import type { OutgrowError } from "../model/error.ts";
import type { History } from "../model/history.ts";
import type { Instrument, Unmeasured } from "../model/signal.ts";
import { type EpochMs, type Grid, instantAt } from "../model/time.ts";
import type { Rule } from "../model/trigger.ts";
import { definitionOf } from "../signals/catalogue.ts";
import type { Reader } from "../trigger/seats.ts";

/** Everything the rule needs to know about a stretch of time, read once. */
export interface Observed {
  readonly rule: Rule;
  /** One per signal, in the rule's order. */
  readonly readers: readonly Reader[];
  readonly instruments: readonly Instrument[];
  readonly unmeasured: readonly Unmeasured[];
  readonly history: History;
  /** Columns whose query gave no answer, by index into `history.columns`. */
  readonly failures: ReadonlyMap<number, OutgrowError>;
}

/** Finds out how each signal can be read, then reads it over `grid`. */
export async function observe(
  api: PrometheusApi,
  config: Config,
  grid: Grid,
  onProgress?: (done: number, total: number) => void,
): Promise<Observed> {
  const { instruments, unmeasured } = await findInstruments(api, config, grid.from, lastInstant(grid));
  const { history, failures } = await readHistory(api, instruments, grid, onProgress);
  return {
    rule: ruleOf(config),
    readers: readersOf(config, instruments),
    instruments,
    unmeasured,
    history,
    failures,
  };
}

/** Which exporter can tell each signal between two instants. */
export function findInstruments(
  api: PrometheusApi,
  config: Config,
  from: EpochMs,
  to: EpochMs,
): Promise<{ readonly instruments: readonly Instrument[]; readonly unmeasured: readonly Unmeasured[] }> {
  const wanted = config.signals.map((settings) => ({
    settings,
    definition: definitionOf(settings.rule.id),
  }));
  return discover(api, wanted, config.scope, { from, to });
}

export function ruleOf(config: Config): Rule {
  return { trigger: config.trigger, signals: config.signals.map(({ rule }) => rule) };
}

function readersOf(config: Config, instruments: readonly Instrument[]): readonly Reader[] {
  const found = new Map(instruments.map((instrument) => [instrument.signal.id, instrument]));
  return config.signals.map(({ rule }) => ({ id: rule.id, instrument: found.get(rule.id) ?? null }));
}

function lastInstant(grid: Grid): EpochMs {
  return instantAt(grid, Math.max(0, grid.count - 1));
}
