import { OutgrowError } from "../../model/error.ts";
import type { Follower } from "../verify/follower.ts";
import { compareRound, type Meanwhile } from "../verify/whileWritten.ts";
import type { MoveOrder } from "./order.ts";

const ENOUGH_ROWS = 500;
const MOST_ROUNDS = 6;

/** So many are compared in a few seconds, by their keys or as a whole table. */
const MOST_HELD_ROWS = 500_000;

/** After everything was compared once: what was touched meanwhile, until little is left for the moment when writes are held. */
export async function settleDown(
  { tell }: MoveOrder,
  follower: Follower,
  beside: Meanwhile["beside"],
): Promise<void> {
  let last = 0;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const { touched, left } = await compareRound(follower, { beside });
    tell({ kind: "progress", text: `${left} rows left to compare`, share: null });
    // A table that was compared as a whole may have been touched everywhere meanwhile.
    last = Math.max(touched, left);
    if (last < ENOUGH_ROWS) return;
  }
  if (last > MOST_HELD_ROWS) throw tooBusy(follower, last);
}

function tooBusy({ stream }: Follower, rows: number): OutgrowError {
  return new OutgrowError(
    "timeout",
    `Rows of ${stream.from.place} are changed faster than they can be compared: about ${rows} would have to be while nobody can write.`,
    { hint: "Nothing was changed. Run it again when less is written." },
  );
}
