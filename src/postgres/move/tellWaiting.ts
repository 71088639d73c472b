import { setTimeout as sleep } from "node:timers/promises";
import { transactionsInTheWay } from "../replication/slot.ts";
import { type OpenMove, runEndpoint } from "./sides.ts";

const PAUSE_MS = 500;

/** Does it, and tells meanwhile whose open transactions it waits for: a slot begins only when those are over. */
export async function tellWaiting(move: OpenMove, deed: () => Promise<void>): Promise<void> {
  // The move's own session is the one that waits.
  await using beside = await move.order.connect(runEndpoint(move.order));
  const doing = deed();
  let isOver = false;
  const over = doing.then(
    () => {
      isOver = true;
    },
    () => {
      isOver = true;
    },
  );
  let told = "";
  while (!isOver) {
    await Promise.race([over, sleep(PAUSE_MS)]);
    const others = isOver ? null : await transactionsInTheWay(beside, move.names).catch(() => null);
    if (others === null || others === told) continue;
    told = others;
    move.order.tell({ kind: "progress", text: `waits for open transactions: ${others}`, share: null });
  }
  await doing;
}
