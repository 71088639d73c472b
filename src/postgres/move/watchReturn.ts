import { OutgrowError } from "../../model/error.ts";
import { awaitArrival } from "../verify/follower.ts";
import { inPhase } from "./inPhase.ts";
import type { MoveOrder } from "./order.ts";
import { openMove } from "./sides.ts";
import { homeward } from "./streams.ts";

/**
 * After the switch: a row of ours goes the way back, as those of the application do from now on. That it stands is no proof that
 * it works. `null`: it does; else what is wrong, in words. The move is done all the same: the new server has every row.
 */
export async function watchReturn(order: MoveOrder): Promise<string | null> {
  return inPhase(order, "watch", async () => {
    try {
      await using move = await openMove(order);
      await awaitArrival(homeward(move), { standingMs: order.homeHoldLimitMs });
      return null;
    } catch (error) {
      if (error instanceof OutgrowError) return [error.message, error.hint ?? ""].join(" ").trim();
      throw error;
    }
  });
}
