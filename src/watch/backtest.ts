import type { Config } from "../config/config.ts";
import type { PrometheusApi } from "../metrics/api.ts";
import { OutgrowError } from "../model/error.ts";
import { alignedGrid, type EpochMs } from "../model/time.ts";
import { type Backtest, backtest } from "../trigger/backtest.ts";
import { type Observed, observe } from "./observe.ts";

/** A backtest with what it was computed from, for the page. */
export interface BacktestRun {
  readonly observed: Observed;
  readonly backtest: Backtest;
}

/** About two years at a minute; beyond it the columns alone would outgrow a small host's memory. */
export const MAX_EVALUATIONS = 1_000_000;

/** Evaluates the rule at every aligned instant of `[from, to]`, warmed up by one sustained time before. */
export async function runBacktest(
  api: PrometheusApi,
  config: Config,
  from: EpochMs,
  to: EpochMs,
  onProgress?: (done: number, total: number) => void,
): Promise<BacktestRun> {
  const { sustainedMs, intervalMs } = config.trigger;
  const grid = alignedGrid(from - sustainedMs, to, intervalMs);
  if (grid.count > MAX_EVALUATIONS) {
    throw new OutgrowError(
      "usage",
      `That range has ${grid.count} evaluations, more than ${MAX_EVALUATIONS}.`,
      {
        hint: "Take a shorter range, or a longer trigger.interval.",
      },
    );
  }
  const observed = await observe(api, config, grid, onProgress);
  const failed = new Set(observed.failures.keys());
  return { observed, backtest: backtest(observed.rule, observed.readers, observed.history, from, failed) };
}
