import type { Config } from "../config/config.ts";
import type { PrometheusApi } from "../metrics/api.ts";
import type { Reading, SignalFacts } from "../model/facts.ts";
import type { EpochMs } from "../model/time.ts";
import { check } from "./check.ts";

/** Which signals have data, as facts: what `check` would say it cannot see. */
export async function readSignalFacts(
  api: PrometheusApi,
  config: Config,
  now: EpochMs,
): Promise<Reading<readonly SignalFacts[]>> {
  const { signals } = await check(api, config, now);
  const value = signals.map(({ rule, source, why, fix }) => ({ id: rule.id, source, why, fix }));
  return { value, gaps: [] };
}
