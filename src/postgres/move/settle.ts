import { letGo, openWrites } from "../fence/holdWrites.ts";
import { unpublish } from "../replication/publication.ts";
import { dropSlot } from "../replication/slot.ts";
import { resumeSubscription, unsubscribe } from "../replication/subscription.ts";
import { inPhase } from "./inPhase.ts";
import { endMigration } from "./migration.ts";
import { forgetProof } from "./proof.ts";
import type { OpenMove } from "./sides.ts";

/** After the decision: opens the side that serves now, tells the application, and takes away what led there. Safe to repeat. */
export async function settle(move: OpenMove, side: "source" | "target"): Promise<void> {
  const { order, names, source, target } = move;
  const [serving, other] = side === "target" ? [target, source] : [source, target];
  await inPhase(order, "open", async () => {
    await letGo(serving, names, null);
    await openWrites(serving, names);
    await order.application.pointAt(side);
  });
  await inPhase(order, "clean", async () => {
    const led = side === "target" ? names.forward : names.back;
    await unsubscribe(serving, other, led);
    await unpublish(other, led);
    if (side === "target") await openReturn(move);
    // On the side that serves too: a way to the other one that was begun and given up left it there.
    for (const each of [other, serving]) await dropSlot(each, names.touched);
    if (side === "target") await forgetProof(target, names);
  });
}

/** Nothing comes from the source any more, so that the rows of the target may go there. Safe to repeat. */
export async function openReturn({ order, names, source, target }: OpenMove): Promise<void> {
  if (order.driver !== "provider") return;
  await endMigration(order, source, target, names);
  await resumeSubscription(source, names.back);
}
