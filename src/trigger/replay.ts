import type { History } from "../model/history.ts";
import { type EpochMs, instantAt } from "../model/time.ts";
import type { Trigger } from "../model/trigger.ts";
import { usageClock } from "./hours.ts";
import { judge, UNKNOWN } from "./judge.ts";
import { type Reader, type Seat, seatHolds, seatReaders } from "./seats.ts";
import { advance, initialState, type Observation, type RuleState } from "./state.ts";

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
  const seats = seatReaders(readers).map((seat) => ({ ...seat, failed: seatHolds(seat, failedColumns) }));
  const row = new Float64Array(history.columns.length);
  const inHours = usageClock(trigger.hours);
  let state = initialState(readers.length);
  for (let index = 0; index < history.grid.count; index++) {
    const at = instantAt(history.grid, index);
    for (let column = 0; column < row.length; column++) {
      row[column] = history.columns[column]?.[index] ?? Number.NaN;
    }
    const observations = seats.map((seat) => observe(seat, row));
    state = advance(trigger, state, { at, inHours: inHours(at), observations });
    visit(at, state, observations);
  }
  return state;
}

function observe(
  { instrument, offset, failed }: Seat & { readonly failed: boolean },
  row: Float64Array,
): Observation {
  if (failed) return "failed";
  return instrument === null ? UNKNOWN : judge(instrument, row, offset);
}
