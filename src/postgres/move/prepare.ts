import type { Table } from "../catalog/tables.ts";
import { readMaterializedViews, readTables } from "../catalog/tables.ts";
import type { Database } from "../database.ts";
import { readRecord, recordScript } from "../fence/record.ts";
import { quoteName } from "../quote.ts";
import { publish, publishable } from "../replication/publication.ts";
import { dropSlot, findLoss } from "../replication/slot.ts";
import { strandedCopies } from "../replication/strandedCopies.ts";
import {
  readSubscription,
  type SubscriptionState,
  subscribe,
  unsubscribe,
} from "../replication/subscription.ts";
import { type RunNames, runNames } from "../runNames.ts";
import { type DumpEntry, type DumpProgram, dumpSchema } from "../schema/dump.ts";
import { copyRights } from "../schema/ownership.ts";
import { createDatabase, databaseState, dropDatabase, nameTaken } from "../schema/prepareTarget.ts";
import {
  isKey,
  isOfTable,
  isStatistics,
  isStatisticsOf,
  restoreBefore,
  restoreEntries,
} from "../schema/restore.ts";
import { copyRoles } from "../schema/roles.ts";
import { beginMigration, endMigration, isMigrating } from "./migration.ts";
import { assertNeverServed, assertNotOlder } from "./neverServed.ts";
import type { MoveOrder } from "./order.ts";
import { adminEndpoint, giveRole, type OpenMove, openMove, openSource, runPassword } from "./sides.ts";
import { tellWaiting } from "./tellWaiting.ts";

/**
 * Everything up to the subscription. Until that exists nothing on the target is worth keeping, so an interrupted
 * beginning is thrown away and made again; afterwards it is left as it is.
 */
export async function prepare(order: MoveOrder): Promise<OpenMove> {
  const names = runNames(order.id);
  await using source = await openSource(order);
  await prepareSource(source, names, order.driver !== "offline");
  await using admin = await order.connect(order.target.admin);
  // By it the source comes for new rows, and not every administrator may let a role do so.
  await giveRole(admin, names, runPassword(order.target, order.id), order.canReturn ? "replication" : "");
  const state = await databaseState(admin, order.database, names);
  if (state === "foreign") throw nameTaken(order.database, admin);
  if (state === "ours") await assertNotOlder(order, source);
  const isFollowed = state === "ours" && (await isFollowedThere(order, source, names));
  if (!isFollowed) {
    await assertNeverServed(order);
    await endMigration(order, source, admin, names);
    // A way home that was walked to the end but not cleaned up holds a slot, and with it the database.
    await unsubscribe(source, admin, names.back);
    await dropSlot(admin, names.touched);
    await dropDatabase(admin, order.database, names);
    await createDatabase(admin, source, order.database, names);
  }
  await using kept = new AsyncDisposableStack();
  const move = kept.use(await openMove(order));
  if (!isFollowed) await fillTarget(move);
  // The caller's from here on.
  kept.move();
  return move;
}

/** Touches no table of the user's: a schema, a role and a publication of our own. */
async function prepareSource(source: Database, names: RunNames, isStreamed: boolean): Promise<void> {
  if ((await readRecord(source, names)) === null) await source.script(recordScript(names, "open"));
  if (isStreamed) await publish(source, names.forward, names, publishable(await readTables(source)));
}

async function isFollowedThere(order: MoveOrder, source: Database, names: RunNames): Promise<boolean> {
  if (order.driver === "provider") return isMigrating(order, source, names);
  await using target = await order.connect(adminEndpoint(order.target, order.database));
  const state = await readSubscription(target, names.forward);
  if (state === null) return false;
  const why = await whyNeverWhole(target, source, names, state);
  if (why === null) return true;
  order.tell({ kind: "progress", text: `${why}; all of it begins anew`, share: null });
  await unsubscribe(target, source, names.forward);
  return false;
}

async function whyNeverWhole(
  target: Database,
  source: Database,
  { forward }: RunNames,
  { id }: SubscriptionState,
): Promise<string | null> {
  const stranded = await strandedCopies(target, source, forward);
  if (stranded.length > 0) return `the copy of ${stranded.join(", ")} was cut off where it cannot go on`;
  return findLoss(source, forward, id);
}

async function fillTarget(move: OpenMove): Promise<void> {
  const { order, names, source, target } = move;
  if (order.driver === "provider") {
    // Ours come first: those that are there already the provider leaves as they are.
    await copyRoles(source, target, names);
    return await beginMigration(move);
  }
  await target.script(recordScript(names, "closed"));
  const [schema] = await Promise.all([dumpSchema(dumpProgram(move)), copyRoles(source, target, names)]);
  await restoreBefore(target, schema.before);
  const views = await readMaterializedViews(source);
  // A materialized view that needs a key comes after the keys, and what describes it after it.
  const isEarly = (entry: DumpEntry) =>
    isStatistics(entry) && !views.some(({ written }) => isStatisticsOf(entry, written));
  await restoreEntries(target, schema.after.filter(isEarly));
  await copyRights(move, "part");
  if (order.driver === "offline") {
    // Nothing copies the marker of an earlier way home; on the next one it would stand in the new one's way.
    await source.script(`delete from ${quoteName(names.schema)}.marker`);
    return;
  }
  const late = await largeTables(source);
  const isLate = (entry: DumpEntry) => late.some((written) => isOfTable(entry, written));
  await restoreEntries(
    target,
    schema.after.filter((entry) => isKey(entry) && !isLate(entry)),
  );
  await startSubscription(move);
}

/** Where a key made after the rows saves more than the asking costs; under it the asking might come too late. */
const LARGE_BYTES = 64e6;

/** As pg_dump writes their names. */
async function largeTables(source: Database): Promise<readonly string[]> {
  const rows = await source.query<{ written: string }>(
    `select format('%I.%I', n.nspname, c.relname) as written from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind = 'r' and pg_table_size(c.oid) >= $1`,
    [LARGE_BYTES],
  );
  return rows.map(({ written }) => written);
}

export function dumpProgram({ order, names }: OpenMove): DumpProgram {
  const password = runPassword(order.source, order.id);
  const login = { user: names.role, database: order.database, password };
  return { shell: order.shell, programs: order.source.programs, login, limitMs: order.copyLimitMs };
}

async function startSubscription(move: OpenMove): Promise<void> {
  const { order, names, source, target } = move;
  const subscription = {
    name: names.forward,
    dial: order.source.dial,
    login: { database: order.database, user: names.role, password: runPassword(order.source, order.id) },
    copiesRows: true,
  };
  await tellWaiting(move, () => subscribe(target, source, subscription));
}

/** The tables that are moved, keyed for verification. */
export async function movedTables({ source }: OpenMove): Promise<readonly Table[]> {
  return readTables(source);
}
