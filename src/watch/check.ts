import type { Config } from "../config/config.ts";
import type { PrometheusApi } from "../metrics/api.ts";
import type { Decision, Judgement } from "../model/decision.ts";
import type { SignalRule } from "../model/signal.ts";
import { alignedGrid, DAY, type EpochMs, type Grid, MINUTE, SECOND } from "../model/time.ts";
import type { Trigger } from "../model/trigger.ts";
import { decide } from "../trigger/decide.ts";
import type { QuantileInterval } from "../trigger/interval.ts";
import { UNKNOWN } from "../trigger/judge.ts";
import { replay } from "../trigger/replay.ts";
import { seatReaders } from "../trigger/seats.ts";
import { isSustained, type Observation, type SignalState } from "../trigger/state.ts";
import { type Measurement, measure } from "./measure.ts";
import { type Observed, observe } from "./observe.ts";
import { type Blindness, explainUnknown } from "./unknown.ts";

/** Where every signal stands now, and the decision. */
export interface Check {
  readonly clusterName: string;
  readonly trigger: Trigger;
  readonly decision: Decision;
  readonly signals: readonly SignalStatus[];
}

export type SignalLevel = "ok" | "watch" | "act" | "unknown";

export interface SignalStatus {
  readonly rule: SignalRule;
  /** Which exporter it was read from; `null` when there is none. */
  readonly source: string | null;
  readonly caveat: string | null;
  readonly value: number | null;
  /** Quantiles: where it must lie, when no single number can be known. */
  readonly interval: QuantileInterval | null;
  /** Where the value stands at this instant, sustained or not. */
  readonly level: SignalLevel;
  /** Since when it has stood there or higher at every evaluation, in usage hours. */
  readonly since: EpochMs | null;
  readonly isSustained: boolean;
  /** Why nothing is known, and what would change that. */
  readonly why: string | null;
  readonly fix: string | null;
}

/** Reads enough history for the rule to be sure, and decides at the newest settled instant. */
export async function check(api: PrometheusApi, config: Config, now: EpochMs): Promise<Check> {
  const observed = await observe(api, config, recentGrid(config.trigger, now));
  return checkObserved(api, config.cluster.name, observed);
}

/** The same on a history that was read before, at its last instant. */
export async function checkObserved(
  api: PrometheusApi,
  clusterName: string,
  observed: Observed,
): Promise<Check> {
  const { readers, history, rule } = observed;
  const { trigger } = rule;
  let observations: readonly Observation[] = [];
  const visit = (_at: EpochMs, _state: unknown, seen: readonly Observation[]) => {
    observations = seen;
  };
  const state = replay(trigger, readers, history, visit, new Set(observed.failures.keys()));
  const decision = decide(rule, state);
  const measurements = await measure(api, observed, decision.at);
  const blindness = blindnessPerSignal(observed);
  return {
    clusterName,
    trigger,
    decision,
    signals: rule.signals.map((_, index) =>
      signalStatus(
        trigger,
        blindness[index] as Blindness,
        judgementOf(observations[index]),
        state.signals[index] as SignalState,
        measurements[index] as Measurement,
      ),
    ),
  };
}

/**
 * A day back, to say since when; more where the rule looks back further. Half an interval
 * (at most 30 s) late, so that the newest samples have arrived.
 */
export function recentGrid(trigger: Trigger, now: EpochMs): Grid {
  const settled = now - Math.min(30 * SECOND, trigger.intervalMs / 2);
  const lookback = Math.max(2 * trigger.sustainedMs, Math.min(DAY, (DAY / MINUTE) * trigger.intervalMs));
  return alignedGrid(settled - lookback, settled, trigger.intervalMs);
}

function signalStatus(
  trigger: Trigger,
  blindness: Blindness,
  judgement: Judgement,
  runs: SignalState,
  measurement: Measurement,
): SignalStatus {
  const level = levelOf(judgement);
  const run = level === "act" ? runs.act : level === "watch" ? runs.watch : null;
  const unknown = level === "unknown" ? explainUnknown(blindness) : { why: null, fix: null };
  return {
    rule: blindness.rule,
    source: blindness.instrument?.source ?? null,
    caveat: blindness.instrument?.caveat ?? null,
    value: measurement.value,
    interval: measurement.interval,
    level,
    since: run?.since ?? null,
    isSustained: isSustained(run, trigger.sustainedMs),
    ...unknown,
  };
}

function judgementOf(observation: Observation | undefined): Judgement {
  return observation === undefined || observation === "failed" ? UNKNOWN : observation;
}

/** "Watch, and perhaps Act" is shown as Watch; "no Act, and perhaps Watch" is not known to be ok. */
function levelOf({ watch, act }: Judgement): SignalLevel {
  if (act === "yes") return "act";
  if (watch === "yes") return "watch";
  return watch === "no" ? "ok" : "unknown";
}

function blindnessPerSignal(observed: Observed): readonly Blindness[] {
  const { rule, readers, unmeasured, history, failures } = observed;
  return seatReaders(readers).map(({ instrument, offset, width }, index) => {
    const columns = Array.from({ length: width }, (_, column) => offset + column);
    return {
      rule: rule.signals[index] as SignalRule,
      instrument,
      unmeasured: unmeasured.find(({ signal }) => signal.id === rule.signals[index]?.id),
      failure: columns.map((column) => failures.get(column)).find((error) => error !== undefined),
      hasData: columns.some((column) => !Number.isNaN(history.columns[column]?.at(-1) ?? Number.NaN)),
    };
  });
}
