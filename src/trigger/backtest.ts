import type { Decision } from "../model/decision.ts";
import type { History } from "../model/history.ts";
import type { EpochMs, Millis } from "../model/time.ts";
import type { Rule } from "../model/trigger.ts";
import { decide } from "./decide.ts";
import { createHolder, type Held, type Holder } from "./held.ts";
import { isKnown } from "./judge.ts";
import { createNearMisses, type NearMiss } from "./nearest.ts";
import { replay } from "./replay.ts";
import type { Reader } from "./seats.ts";
import { isSustained, type Observation, type RuleState, type SignalState } from "./state.ts";

/** When the rule would have fired over recorded history. */
export interface Backtest {
  readonly from: EpochMs;
  readonly to: EpochMs;
  readonly intervalMs: Millis;
  readonly evaluations: number;
  readonly episodes: readonly Episode[];
  readonly signals: readonly SignalHistory[];
  readonly nearest: readonly NearMiss[];
}

/** A stretch in which the state was Act, and the signals that were sustained at Act in it. */
export interface Episode extends Held {
  readonly signals: readonly string[];
}

export interface SignalHistory {
  readonly id: string;
  /** The share of evaluations, 0 to 1, at which the signal could be judged. */
  readonly coverage: number;
  /** Sustained at Watch or above. */
  readonly watch: readonly Held[];
  readonly act: readonly Held[];
}

/** How long something held; what still did at the end counts to the end of the range. */
export function lengthOf({ from, to }: Held, backtest: Pick<Backtest, "to" | "intervalMs">): Millis {
  return (to ?? backtest.to + backtest.intervalMs) - from;
}

export function totalLength(held: readonly Held[], backtest: Pick<Backtest, "to" | "intervalMs">): Millis {
  return held.reduce((sum, each) => sum + lengthOf(each, backtest), 0);
}

/**
 * Replays `history` and reports on the evaluations from `from` on; what lies before only
 * warms the rule up, so that a breach that is already sustained at `from` is seen as such.
 */
export function backtest(
  rule: Rule,
  readers: readonly Reader[],
  history: History,
  from: EpochMs,
  failedColumns?: ReadonlySet<number>,
): Backtest {
  const recorder = createRecorder(rule);
  const visit = (at: EpochMs, state: RuleState, observations: readonly Observation[]) => {
    if (at >= from) recorder.record(at, state, observations);
  };
  replay(rule.trigger, readers, history, visit, failedColumns);
  return recorder.finish();
}

interface Recorder {
  record(at: EpochMs, state: RuleState, observations: readonly Observation[]): void;
  finish(): Backtest;
}

function createRecorder(rule: Rule): Recorder {
  const { intervalMs } = rule.trigger;
  const signals = rule.signals.map(({ id }) => createSignalRecorder(id, rule));
  const counter = createCounter(rule.signals.length);
  const episodes = createEpisodeRecorder();
  const nearest = createNearMisses(rule);
  let first: EpochMs | null = null;
  let last: EpochMs = 0;
  let evaluations = 0;
  let seen: RuleState["signals"] = [];
  return {
    record(at, state, observations) {
      first ??= at;
      last = at;
      evaluations++;
      counter.count(observations);
      // What did not change since the last evaluation begins and ends nothing.
      if (state.signals === seen) return;
      let anyAtAct = false;
      for (let index = 0; index < signals.length; index++) {
        const [signal, now] = [signals[index], state.signals[index]];
        if (now !== undefined && now !== seen[index]) signal?.record(at, now);
        anyAtAct ||= signal?.isAtAct() === true;
      }
      seen = state.signals;
      if (anyAtAct || episodes.isOpen()) episodes.record(decide(rule, state));
      nearest.see(at, state);
    },
    finish: () => {
      const known = counter.finish();
      return {
        from: first ?? 0,
        to: last,
        intervalMs,
        evaluations,
        episodes: episodes.finish(),
        signals: signals.map((signal, index) =>
          signal.finish(evaluations === 0 ? 0 : (known[index] ?? 0) / evaluations),
        ),
        nearest: nearest.finish(),
      };
    },
  };
}

/** Counts, per signal, the evaluations that could judge it. */
function createCounter(signalCount: number) {
  const known = new Uint32Array(signalCount);
  let repeated: readonly Observation[] = [];
  let times = 0;
  const settle = () => {
    for (let index = 0; index < known.length; index++) {
      const observation = repeated[index];
      if (observation === undefined || observation === "failed" || !isKnown(observation)) continue;
      known[index] = (known[index] ?? 0) + times;
    }
    times = 0;
  };
  return {
    count(observations: readonly Observation[]): void {
      if (observations !== repeated) settle();
      repeated = observations;
      times++;
    },
    finish(): Uint32Array {
      settle();
      return known;
    },
  };
}

function createSignalRecorder(id: string, { trigger }: Rule) {
  const watch: Holder = createHolder();
  const act: Holder = createHolder();
  return {
    record(at: EpochMs, runs: SignalState): void {
      const atAct = isSustained(runs.act, trigger.sustainedMs);
      watch.mark(at, atAct || isSustained(runs.watch, trigger.sustainedMs));
      act.mark(at, atAct);
    },
    isAtAct: () => act.isOpen(),
    finish: (coverage: number): SignalHistory => ({ id, coverage, watch: watch.held, act: act.held }),
  };
}

function createEpisodeRecorder() {
  const holder = createHolder();
  const members: Set<string>[] = [];
  return {
    isOpen: () => holder.isOpen(),
    record({ at, state, sustained }: Decision): void {
      holder.mark(at, state === "act");
      if (state !== "act") return;
      if (members.length < holder.held.length) members.push(new Set());
      for (const { signal, level } of sustained) if (level === "act") members.at(-1)?.add(signal);
    },
    finish: (): readonly Episode[] =>
      holder.held.map((held, index) => ({ ...held, signals: [...(members[index] ?? [])] })),
  };
}
