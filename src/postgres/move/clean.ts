import type { Database } from "../database.ts";
import { readRecord } from "../fence/record.ts";
import { endTimers } from "../fence/timer.ts";
import { quoteName } from "../quote.ts";
import { unpublish } from "../replication/publication.ts";
import { dropSlot } from "../replication/slot.ts";
import { unsubscribe } from "../replication/subscription.ts";
import { type RunNames, runNames } from "../runNames.ts";
import { databaseState, dropDatabase } from "../schema/prepareTarget.ts";
import { dropRoles, rolesOf } from "../schema/roles.ts";
import { endMigration } from "./migration.ts";
import type { MoveOrder } from "./order.ts";
import { adminEndpoint, dropRole, openSource } from "./sides.ts";

/** Takes everything of the move off both servers; the source serves. Safe to repeat, also when half of it is gone. */
export async function clean(order: MoveOrder): Promise<void> {
  const names = runNames(order.id);
  {
    await using source = await openSource(order);
    await using admin = await order.connect(order.target.admin);
    await endMigration(order, source, admin, names);
    await cleanReplication(order, source, admin, names);
    await dropDatabase(admin, order.database, names);
    await dropRoles(admin, names);
    await dropRole(admin, names);
    await order.shell(endTimers(names));
    await source.script(`drop schema if exists ${quoteName(names.schema)} cascade`);
  }
  await using keeper = await order.connect(adminEndpoint(order.source, order.database));
  await dropRole(keeper, names);
}

async function cleanReplication(
  order: MoveOrder,
  source: Database,
  admin: Database,
  names: RunNames,
): Promise<void> {
  if ((await databaseState(admin, order.database, names)) === "ours") {
    await using target = await order.connect(adminEndpoint(order.target, order.database));
    await unsubscribe(target, source, names.forward);
    await unsubscribe(source, target, names.back);
    await unpublish(target, names.back);
    await dropSlot(target, names.touched);
    await letOthersIn(target, names);
  }
  await unsubscribe(source, null, names.back);
  await dropSlot(source, names.forward);
  await dropSlot(source, names.touched);
  await unpublish(source, names.forward);
}

/** The record goes with its database; roles of the target's own that it lists must not stay shut out. Ours go as well. */
async function letOthersIn(target: Database, names: RunNames): Promise<void> {
  if ((await readRecord(target, names)) === null) return;
  const ours = await rolesOf(target, names);
  const roles = await target.query<{ role: string }>(
    `select role::text from ${quoteName(names.schema)}.shut_out`,
  );
  for (const { role } of roles) {
    if (!ours.has(role)) await target.script(`alter role ${quoteName(role)} login`);
  }
}
