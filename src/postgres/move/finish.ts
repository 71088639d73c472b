import { OutgrowError } from "../../model/error.ts";
import { type Database, inTransaction } from "../database.ts";
import { readRecord } from "../fence/record.ts";
import { endTimers } from "../fence/timer.ts";
import { quoteName } from "../quote.ts";
import { readerOf, unpublish } from "../replication/publication.ts";
import { takeReadingRights } from "../replication/readingRights.ts";
import { dropSlot } from "../replication/slot.ts";
import { dropCopySlots, unsubscribe } from "../replication/subscription.ts";
import { runNames } from "../runNames.ts";
import { rolesOf } from "../schema/roles.ts";
import { observe } from "./move.ts";
import type { MoveOrder, TargetOrder } from "./order.ts";
import {
  adminEndpoint,
  dropRole,
  type OpenMove,
  openMove,
  openSource,
  runEndpoint,
  takesConnections,
} from "./sides.ts";

/**
 * Gives up the way back: nothing of the move stays on either server, and the old database takes no connection of
 * anybody until a superuser says `ALTER DATABASE … ALLOW_CONNECTIONS true`. Its rows are kept. Safe to repeat.
 */
export async function finish(order: MoveOrder): Promise<void> {
  const names = runNames(order.id);
  {
    await using source = await order.connect({
      ...runEndpoint(order),
      database: order.source.admin.database,
    });
    if (await takesConnections(source, order.database)) await closeReplication(order);
    await forgetSource(order, source);
  }
  await forgetTarget(order);
  for (const side of [order.target, order.source]) {
    await using admin = await order.connect(side.admin);
    await dropRole(admin, names);
  }
}

/**
 * The new server's part alone, where the old one is lost for good: what was kept for the way back goes, and with it
 * the slot that would hold changes until the disk is full. Safe to repeat.
 */
export async function finishTarget(order: TargetOrder): Promise<void> {
  const names = runNames(order.id);
  {
    await using target = await order.connect(adminEndpoint(order.target, order.database));
    await unsubscribe(target, null, names.forward);
    const reader = await readerOf(target, names.back);
    if (reader !== null) await dropCopySlots(target, reader);
    await unpublish(target, names.back);
    for (const slot of [names.back, names.touched]) await dropSlot(target, slot);
  }
  await forgetTarget(order);
  await using admin = await order.connect(order.target.admin);
  await dropRole(admin, names);
}

/** A database that takes no connection was locked by an attempt that was interrupted: this part is done. */
async function closeReplication(order: MoveOrder): Promise<void> {
  const state = await observe(order);
  if (state.source !== "closed" || state.target !== "open") throw notMoved(order);
  await order.shell(endTimers(runNames(order.id)));
  await using move = await openMove(order);
  await endReplication(move);
}

/** Locked before its roles may log in again, into other databases of that server. */
async function forgetSource(order: MoveOrder, elsewhere: Database): Promise<void> {
  const names = runNames(order.id);
  const lock = (isOpen: boolean) =>
    elsewhere.script(`alter database ${quoteName(order.database)} allow_connections ${isOpen}`);
  await lock(true);
  await using source = await openSource(order);
  await lock(false);
  if ((await readRecord(source, names)) === null) return;
  await inTransaction(source, async () => {
    await source.script(`select ${quoteName(names.schema)}.let_in()`);
    await source.script(`drop schema ${quoteName(names.schema)} cascade`);
  });
}

async function endReplication({ names, source, target }: OpenMove): Promise<void> {
  await unsubscribe(source, target, names.back);
  await unpublish(target, names.back);
  await dropSlot(target, names.touched);
  await unsubscribe(target, source, names.forward);
  await unpublish(source, names.forward);
  await dropSlot(source, names.touched);
}

/** The comment that says whose the database is goes last. */
async function forgetTarget(order: TargetOrder): Promise<void> {
  const names = runNames(order.id);
  await using target = await order.connect(adminEndpoint(order.target, order.database));
  // A way home that was begun may have left them.
  await takeReadingRights(target, names);
  for (const role of await rolesOf(target, names)) {
    await target.script(`comment on role ${quoteName(role)} is null`);
  }
  await target.script(`drop schema if exists ${quoteName(names.schema)} cascade`);
  await target.script(`comment on database ${quoteName(order.database)} is null`);
}

function notMoved({ database }: MoveOrder): OutgrowError {
  return new OutgrowError(
    "blocked",
    `The database ${database} is not moved, so its move cannot be finished.`,
    {
      hint: "Carry it over first, or walk back.",
    },
  );
}
