import type { History } from "../model/history.ts";
import { type EpochMs, instantAt } from "../model/time.ts";
import type { Trigger } from "../model/trigger.ts";
import { usageClock } from "./hours.ts";
import { judgeOf, UNKNOWN } from "./judge.ts";
import { type Reader, type Seat, seatHolds, seatReaders } from "./seats.ts";
import { advance, initialState, mapUnlessSame, type Observation, type RuleState } from "./state.ts";

/**
 * Drives the streaming rule over recorded history: the batch form is a fold of `advance`
 * and nothing else. `visit` sees every state; `history.columns` are those of all
 * instruments in the readers' order. `failedColumns` are columns whose query gave no answer.
 */
export function replay(
  trigger: Trigger,
  readers: readonly Reader[],
  history: History,
  visit: (at: EpochMs, state: RuleState, observations: readonly Observation[]) => void,
  failedColumns: ReadonlySet<number> = new Set(),
): RuleState {
  const observe = createObserver(readers, failedColumns);
  const row = new Float64Array(history.columns.length);
  const inHours = usageClock(trigger.hours);
  let state = initialState(readers.length);
  let seen: readonly Observation[] = [];
  let isSettled = false;
  for (let index = 0; index < history.grid.count; index++) {
    const at = instantAt(history.grid, index);
    for (let column = 0; column < row.length; column++) {
      row[column] = history.columns[column]?.[index] ?? Number.NaN;
    }
    const observations = observe(row);
    const evaluation = { at, inHours: inHours(at), observations };
    // A step that moved nothing moves nothing when it is taken again: most of a quiet month goes by here.
    const isRepeat: boolean = isSettled && observations === seen && evaluation.inHours === state.inHours;
    const next: RuleState = isRepeat
      ? { at, inHours: state.inHours, signals: state.signals }
      : advance(trigger, state, evaluation);
    isSettled = next.signals === state.signals;
    seen = observations;
    state = next;
    visit(at, state, observations);
  }
  return state;
}

/** Observes a row; gives the very same list as long as nothing in it changes. */
function createObserver(
  readers: readonly Reader[],
  failedColumns: ReadonlySet<number>,
): (row: Float64Array) => readonly Observation[] {
  const observers = seatReaders(readers).map((seat) => observerOf(seat, seatHolds(seat, failedColumns)));
  let last: readonly Observation[] = readers.map(() => UNKNOWN);
  return (row) => {
    last = mapUnlessSame(last, (_, index) => observers[index]?.(row) ?? UNKNOWN);
    return last;
  };
}

function observerOf({ instrument, offset }: Seat, hasFailed: boolean): (row: Float64Array) => Observation {
  if (hasFailed) return () => "failed";
  return instrument === null ? () => UNKNOWN : judgeOf(instrument, offset);
}
