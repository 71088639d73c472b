import { OutgrowError } from "../../model/error.ts";
import { formatDuration } from "../../model/format.ts";
import { MINUTE, type Millis, SECOND } from "../../model/time.ts";
import { readListener } from "../../postgres/move/listener.ts";
import { observe } from "../../postgres/move/move.ts";
import type { TargetOrder } from "../../postgres/move/order.ts";
import { isSourceItself } from "../../postgres/move/traces.ts";
import { type BegunMove, moveOrder } from "./moveOrder.ts";
import { oldServer } from "./moveTraces.ts";
import { openReach } from "./reach.ts";

/** Why the old server is not to be had; `null`: it answers, and it is the one of the move. */
export async function whyGone(move: BegunMove): Promise<string | null> {
  const { params, world } = move;
  const title = oldServer(params);
  const look = async () => {
    await using reach = await openReach(params, world);
    // Of a host that is away ssh itself says more than a tunnel that ends.
    await (await world.host(params.source.host)).run({ words: ["true"], effect: "reads" });
    return await isSourceItself(moveOrder(move, reach));
  };
  const isItself = await look().catch((error: unknown) => {
    if (!(error instanceof OutgrowError)) throw error;
    if (error.code === "not-found") return error.message;
    if (error.code !== "unreachable" && error.code !== "timeout") throw error;
    return `${title} does not answer. ${error.message}`;
  });
  if (typeof isItself === "string") return isItself;
  return isItself ? null : `${title} answers, but knows nothing of the move: its data is not what it was.`;
}

/** One that was restored from before the switch is the same server, and still not the one whose rows the new server goes on from. */
async function knowsOfSwitch(move: BegunMove): Promise<boolean> {
  await using reach = await openReach(move.params, move.world);
  const { source, target } = await observe(moveOrder(move, reach));
  return target !== "open" || source === "closed";
}

/** Longer than a host takes to restart, with k3s and the pods on it. */
const SILENCE: Millis = 5 * MINUTE;
const PAUSE: Millis = 5 * SECOND;

interface Listening {
  /** Whether it may be tried itself. */
  readonly canAsk: boolean;
  readonly silenceMs?: Millis;
  /** False: it may never have fetched rows, so that the new server's memory of its silence tells nothing. */
  readonly mayHaveFetched?: boolean;
}

/**
 * Waits until nothing has been heard of the old server for so long that it does not merely restart: the new one is
 * asked, from which it fetches rows as long as it lives, and it is tried itself. Gives what was heard, if anything.
 */
export async function signOfLife(
  move: BegunMove,
  order: TargetOrder,
  { canAsk, silenceMs = SILENCE, mayHaveFetched = true }: Listening,
): Promise<string | null> {
  const { world, say } = move;
  const began = world.now();
  for (;;) {
    const listener = await readListener(order);
    if (listener?.isActive === true) return "it fetches rows from the new server at this moment";
    if (canAsk && (await whyGone(move)) === null && (await knowsOfSwitch(move))) return "it answers";
    const remembered = mayHaveFetched ? (listener?.silentMs ?? 0) : 0;
    const silentMs = Math.max(world.now() - began, remembered);
    if (silentMs >= silenceMs) return null;
    const waited = `nothing was heard of the old server for ${formatDuration(silentMs)}`;
    say(`${waited}; it is taken for lost after ${formatDuration(silenceMs)}`, silentMs / silenceMs);
    await world.sleep(PAUSE);
  }
}
