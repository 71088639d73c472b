import { OutgrowError } from "../../model/error.ts";
import { isoInstant } from "../../model/time.ts";
import { type Database, queryOne } from "../database.ts";
import { readRecord } from "../fence/record.ts";
import { quoteName } from "../quote.ts";
import { type RunNames, runNames } from "../runNames.ts";
import { databaseState } from "../schema/prepareTarget.ts";
import type { MoveOrder, TargetOrder } from "./order.ts";
import { type Proof, readProof } from "./proof.ts";
import { adminEndpoint } from "./sides.ts";

/**
 * Throws `blocked` if the copy on the target is or was the database that serves: then rows may be nowhere else. The source
 * says nothing of that when it was made anew, restored from before the switch, or lets us in no longer. Changes nothing.
 */
export async function assertNeverServed(order: MoveOrder): Promise<void> {
  const names = runNames(order.id);
  await using admin = await order.connect(order.target.admin);
  if ((await databaseState(admin, order.database, names)) !== "ours") return;
  await using target = await order.connect(adminEndpoint(order.target, order.database));
  const writes = (await readRecord(target, names))?.writes ?? "closed";
  if (writes === "closed" || !(await isOwnRecord(order, target, names))) return;
  throw serves(order);
}

/**
 * Throws `blocked` if the copy was proved to be whole in a hold that the source knows nothing of: it was restored from before,
 * and whatever is copied from it anew has fewer rows. Changes nothing.
 */
export async function assertNotOlder(order: MoveOrder, source: Database): Promise<void> {
  const names = runNames(order.id);
  await using target = await order.connect(adminEndpoint(order.target, order.database));
  const proof = await readProof(target, names);
  if (proof === null || ((await readRecord(source, names))?.hold ?? 0) >= proof.hold) return;
  throw older(order, proof);
}

/** What the provider copies holds the source's record too, until the move takes over: that one says nothing of the target. */
export async function isOwnRecord(
  { driver }: TargetOrder,
  target: Database,
  { schema }: RunNames,
): Promise<boolean> {
  if (driver !== "provider") return true;
  const { is } = await queryOne<{ is: boolean }>(target, "select to_regprocedure($1) is not null as is", [
    `${quoteName(schema)}.keep_out()`,
  ]);
  return is;
}

function serves({ database, source, target }: MoveOrder): OutgrowError {
  return new OutgrowError(
    "blocked",
    `The database ${database} on ${target.admin.host} serves since the switch, and the old server, ${source.admin.host}, does not know of it: it was made anew, was restored from before, or its administrator's password was changed.`,
    {
      hint: "Nothing was changed, for the new server may hold rows that are nowhere else. If the password was changed, set the former one there and run it again. If the old data is lost, keep the new server: outgrow finish --old-server-lost.",
    },
  );
}

function older({ database, source, target }: MoveOrder, { at }: Proof): OutgrowError {
  const [old, copy] = [source.admin.host, `The copy of ${database} on ${target.admin.host}`];
  return new OutgrowError(
    "blocked",
    `${copy} was proved to have every row up to ${isoInstant(at)}; the old server, ${old}, does not know of it: it was made anew, or restored from before.`,
    {
      hint: "Nothing was changed. If the copy is what you want, stop the old server for good: outgrow finish --old-server-lost. If the old server is, outgrow undo drops the copy.",
    },
  );
}
