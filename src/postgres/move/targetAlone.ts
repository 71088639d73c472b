import type { EpochMs } from "../../model/time.ts";
import { letGo, openWrites } from "../fence/holdWrites.ts";
import { readRecord } from "../fence/record.ts";
import { unsubscribe } from "../replication/subscription.ts";
import { runNames } from "../runNames.ts";
import { databaseState } from "../schema/prepareTarget.ts";
import { endMigrationAlone } from "./migration.ts";
import { isOwnRecord } from "./neverServed.ts";
import type { MigrationOrder, TargetOrder } from "./order.ts";
import { readProof } from "./proof.ts";
import { adminEndpoint } from "./sides.ts";

/** What the target holds of a move that is half done, when the source cannot be asked who serves. */
export type CopyState =
  /** The decision fell and was carried out: it has every row. */
  | { readonly kind: "serves" }
  /** Proved while nobody could write. Whether the decision fell then, the source alone knew; if not, it took writes again. */
  | { readonly kind: "proved"; readonly at: EpochMs }
  /** It served until the way home was decided; since then the source did. */
  | { readonly kind: "left" }
  /** It was never proved that all is there; or nothing is. */
  | { readonly kind: "unproved" };

/** Looks, and changes nothing. */
export async function lookAtCopy(order: TargetOrder): Promise<CopyState> {
  const names = runNames(order.id);
  await using admin = await order.connect(order.target.admin);
  if ((await databaseState(admin, order.database, names)) !== "ours") return { kind: "unproved" };
  await using target = await order.connect(adminEndpoint(order.target, order.database));
  const record = await readRecord(target, names);
  if (record === null || !(await isOwnRecord(order, target, names))) return { kind: "unproved" };
  if (record.writes !== "closed") return { kind: "serves" };
  // Only a side that serves is ever held.
  if (record.hold > 0) return { kind: "left" };
  const proof = await readProof(target, names);
  return proof === null ? { kind: "unproved" } : { kind: "proved", at: proof.at };
}

/** Lets the application in there, where nothing comes any more. Safe to repeat. */
export async function openCopy(order: TargetOrder & MigrationOrder): Promise<void> {
  const names = runNames(order.id);
  await using target = await order.connect(adminEndpoint(order.target, order.database));
  // One that is held has served, and clients wait.
  await letGo(target, names, null);
  await endMigrationAlone(order, target, names);
  await unsubscribe(target, null, names.forward);
  await openWrites(target, names);
}
