import { readRecord } from "../fence/record.ts";
import { readSlot, type SlotState } from "../replication/slot.ts";
import { runNames } from "../runNames.ts";
import type { TargetOrder } from "./order.ts";
import { adminEndpoint } from "./sides.ts";

/** The source, as the target sees it after the switch: the slot from which it fetches the rows of the way back. `null`: there is none. */
export async function readListener({ id, target, connect }: TargetOrder): Promise<SlotState | null> {
  // The moved database may not be there yet.
  await using admin = await connect(target.admin);
  return await readSlot(admin, runNames(id).back);
}

/** Whether the application writes there, as the target's own record says. */
export async function isTargetOpen(order: TargetOrder): Promise<boolean> {
  await using target = await order.connect(adminEndpoint(order.target, order.database));
  return (await readRecord(target, runNames(order.id)))?.writes === "open";
}
