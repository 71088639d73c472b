import type { Judgement } from "../model/decision.ts";
import type { EpochMs, Millis } from "../model/time.ts";
import type { Trigger } from "../model/trigger.ts";
import { isKnown } from "./judge.ts";

/** An unbroken row of breached evaluations, all in usage hours. */
export interface Run {
  readonly since: EpochMs;
  /** The last evaluation that said yes; a failed query in between does not move it. */
  readonly last: EpochMs;
}

export interface SignalState {
  readonly watch: Run | null;
  readonly act: Run | null;
  /** Whether the last answered evaluation could judge the signal. */
  readonly known: boolean;
}

/** All that has to be remembered between two evaluations; plain JSON. Signals in the rule's order. */
export interface RuleState {
  readonly at: EpochMs | null;
  readonly inHours: boolean;
  readonly signals: readonly SignalState[];
}

/** `failed`: the query did not answer, which says nothing about the signal. */
export type Observation = Judgement | "failed";

export interface Evaluation {
  readonly at: EpochMs;
  readonly inHours: boolean;
  /** One per signal, in the rule's order. */
  readonly observations: readonly Observation[];
}

const UNSEEN: SignalState = { watch: null, act: null, known: false };

export function initialState(signalCount: number): RuleState {
  return { at: null, inHours: false, signals: Array.from({ length: signalCount }, () => UNSEEN) };
}

/**
 * One evaluation of the rule, O(signals). An instant that was skipped is no "yes", so it
 * ends every run; an instant not later than the last is ignored, so repeating is safe.
 */
export function advance(trigger: Trigger, state: RuleState, evaluation: Evaluation): RuleState {
  const { at, inHours, observations } = evaluation;
  if (state.at !== null && at <= state.at) return state;
  const skipped = state.at !== null && at - state.at > trigger.intervalMs;
  const signals = mapUnlessSame(state.signals, (before, index) =>
    advanceSignal(skipped ? withoutRuns(before) : before, observations[index] ?? "failed", at, inHours),
  );
  return { at, inHours, signals };
}

/** As `map`, but the very same list while nothing in it changes, which spares readers a second look. */
export function mapUnlessSame<T>(items: readonly T[], change: (item: T, index: number) => T): readonly T[] {
  let changed: T[] | null = null;
  for (let index = 0; index < items.length; index++) {
    const before = items[index] as T;
    const after = change(before, index);
    if (after === before) continue;
    changed ??= [...items];
    changed[index] = after;
  }
  return changed ?? items;
}

/** Held long enough: 30 min at a 1-min interval is 31 evaluations, as Prometheus' `for: 30m`. */
export function isSustained(run: Run | null, sustainedMs: Millis): run is Run {
  return run !== null && run.last - run.since >= sustainedMs;
}

function advanceSignal(
  before: SignalState,
  observation: Observation,
  at: EpochMs,
  inHours: boolean,
): SignalState {
  if (observation === "failed") return inHours ? before : withoutRuns(before);
  const watch = advanceRun(before.watch, inHours && observation.watch === "yes", at);
  const act = advanceRun(before.act, inHours && observation.act === "yes", at);
  const known = isKnown(observation);
  // Most signals are calm most of the time: keeping their state as it is halves a backtest.
  const isCalm = watch === null && act === null && before.watch === null && before.act === null;
  return isCalm && known === before.known ? before : { watch, act, known };
}

function advanceRun(run: Run | null, breached: boolean, at: EpochMs): Run | null {
  if (!breached) return null;
  return { since: run?.since ?? at, last: at };
}

function withoutRuns(before: SignalState): SignalState {
  if (before.watch === null && before.act === null) return before;
  return { watch: null, act: null, known: before.known };
}
