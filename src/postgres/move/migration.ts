import { setTimeout as sleep } from "node:timers/promises";
import { OutgrowError } from "../../model/error.ts";
import type { MigrationState, OnlineMigration } from "../../model/onlineMigration.ts";
import type { Millis } from "../../model/time.ts";
import { blocks, type PreflightFinding } from "../../plan/postgres/finding.ts";
import { type Database, inTransaction } from "../database.ts";
import { readOwnRow } from "../ownRow.ts";
import { quoteName } from "../quote.ts";
import { dropSlot } from "../replication/slot.ts";
import type { RunNames } from "../runNames.ts";
import type { MigrationOrder, MoveOrder } from "./order.ts";
import { type OpenMove, runPassword } from "./sides.ts";

/**
 * What is known of the provider's online migration that this move began, kept on the source: no answer of the provider says
 * whose a migration is. Written before it is asked for, so that one whose answer was lost is known as ours.
 */
interface Note {
  /** The id of the one before, which the provider may go on telling for a while; `null`: there was none. */
  readonly earlier: string | null;
  /** Slots that the source had before; what comes besides is the provider's. */
  readonly slots: readonly string[];
  /** How long ago it was written. */
  readonly ageMs: Millis;
}

/** Whether the one that this move began still copies or follows. */
export async function isMigrating(order: MoveOrder, source: Database, names: RunNames): Promise<boolean> {
  const note = await readNote(source, names);
  if (note === null) return false;
  const last = ourOf(note, await migrationOf(order).readLast());
  return last === null ? note.ageMs < order.stallLimitMs : isActive(last);
}

/** What stands in the way of asking the provider; throws what its API answers when it may not be asked at all. */
export async function migrationProblems({
  driver,
  onlineMigration,
  target,
}: MoveOrder): Promise<readonly PreflightFinding[]> {
  if (driver !== "provider" || onlineMigration === null) return [];
  const { host } = target.dial;
  const [hosts, last] = [await onlineMigration.readHosts(), await onlineMigration.readLast()];
  return [
    ...(hosts.includes(host)
      ? []
      : [
          blocks(
            "migration-elsewhere",
            "target.postgres.onlineMigration",
            `that database is reached at ${hosts.join(", ")}, and target.postgres.at says ${host}`,
            "Name the id of the database that is meant: the provider would fill another one.",
          ),
        ]),
    ...(isActive(last)
      ? [
          blocks(
            "migration-taken",
            "the provider",
            `it is migrating something to ${host} already, and this move did not begin it`,
            "Let it end, or stop it in the provider's console.",
          ),
        ]
      : []),
  ];
}

/** Asks the provider to copy the database and to follow it. */
export async function beginMigration({ order, names, source }: OpenMove): Promise<void> {
  const migration = migrationOf(order);
  const last = await migration.readLast();
  if (isActive(last)) throw taken(order);
  await writeNote(source, names, last?.id ?? null);
  const { host, port, tls } = order.source.dial;
  await migration.start({
    host,
    port,
    database: order.database,
    user: names.role,
    password: runPassword(order.source, order.id),
    isEncrypted: tls !== "off",
    ignoredDatabases: await otherDatabases(source),
  });
}

/** The one that this move began, as the provider tells it now; `null`: it tells of none yet, or of none any more. */
export async function readMigration({ order, names, source }: OpenMove): Promise<MigrationState | null> {
  const note = await readNote(source, names);
  return note === null ? null : ourOf(note, await migrationOf(order).readLast());
}

const PAUSE_MS: Millis = 500;

/** Ends it, and waits until nothing on either server brings rows any more. Does nothing when none was begun. Safe to repeat. */
export async function endMigration(
  order: MoveOrder,
  source: Database,
  target: Database,
  names: RunNames,
): Promise<void> {
  const note = order.driver === "provider" ? await readNote(source, names) : null;
  if (note === null) return;
  await awaitEnd(order, target, names, note);
  await tidySource(source, names, note);
  // The provider has copied the note too: where the target is asked alone it would tell of a migration that has ended.
  await target.script(`drop table if exists ${tableOf(names)}`);
  await source.script(`drop table ${tableOf(names)}`);
}

/** The same where the source is lost: what was kept there the provider has copied like any other row. */
export async function endMigrationAlone(
  order: MigrationOrder,
  target: Database,
  names: RunNames,
): Promise<void> {
  const note = order.driver === "provider" ? await readNote(target, names) : null;
  if (note !== null) await awaitEnd(order, target, names, note);
}

async function awaitEnd(order: MigrationOrder, target: Database, names: RunNames, note: Note): Promise<void> {
  const migration = migrationOf(order);
  const deadline = Date.now() + order.stallLimitMs;
  for (let isAsked = false; ; ) {
    const last = ourOf(note, await migration.readLast());
    if (last !== null && isActive(last) && !isAsked) await migration.stop(last.id);
    isAsked = true;
    const left = await strangeSubscriptions(target, order.database, names);
    if (!isActive(last) && left.length === 0) return;
    if (Date.now() > deadline) throw endless(order, target, last, left);
    await sleep(PAUSE_MS);
  }
}

/** What a migration that ended badly left: a slot that nobody reads fills the disk. */
async function tidySource(source: Database, names: RunNames, { slots }: Note): Promise<void> {
  const left = await source.query<{ name: string }>(
    `select slot_name as name from pg_replication_slots
      where database = current_database() and slot_name <> all ($1) and not starts_with(slot_name, $2)`,
    [slots, names.schema],
  );
  for (const { name } of left) await dropSlot(source, name);
  const published = await source.query<{ name: string }>(
    "select pubname as name from pg_publication where pg_get_userbyid(pubowner) = $1 and not starts_with(pubname, $2)",
    [names.role, names.schema],
  );
  for (const { name } of published) await source.script(`drop publication if exists ${quoteName(name)}`);
}

/** Subscriptions of the moved database that are not ours; the secret of none is asked for. */
async function strangeSubscriptions(
  target: Database,
  database: string,
  names: RunNames,
): Promise<readonly string[]> {
  const rows = await target.query<{ name: string }>(
    `select s.subname as name from pg_subscription s join pg_database d on d.oid = s.subdbid
      where d.datname = $1 and not starts_with(s.subname, $2)`,
    [database, names.schema],
  );
  return rows.map(({ name }) => name);
}

function readNote(source: Database, names: RunNames): Promise<Note | null> {
  const ageMs = `(extract(epoch from clock_timestamp() - begun) * 1000)::float8 as "ageMs"`;
  return readOwnRow(source, tableOf(names), `earlier, slots, ${ageMs}`);
}

async function writeNote(source: Database, names: RunNames, earlier: string | null): Promise<void> {
  const table = tableOf(names);
  await inTransaction(source, async () => {
    await source.script(`
      drop table if exists ${table};
      create table ${table} (one bool primary key default true check (one), earlier text, slots text[] not null, begun timestamptz not null)`);
    await source.query(
      `insert into ${table} (earlier, slots, begun)
        select $1::text, coalesce(array_agg(slot_name::text), '{}'), clock_timestamp() from pg_replication_slots`,
      [earlier],
    );
  });
}

function tableOf({ schema }: RunNames): string {
  return `${quoteName(schema)}.migration`;
}

async function otherDatabases(source: Database): Promise<readonly string[]> {
  const rows = await source.query<{ name: string }>(
    "select datname as name from pg_database where datallowconn and not datistemplate and datname <> current_database() order by 1",
  );
  return rows.map(({ name }) => name);
}

function ourOf({ earlier }: Note, last: MigrationState | null): MigrationState | null {
  return last === null || last.id === earlier ? null : last;
}

function isActive(last: MigrationState | null): boolean {
  return last?.status === "running" || last?.status === "syncing";
}

function migrationOf({ onlineMigration }: MigrationOrder): OnlineMigration {
  if (onlineMigration !== null) return onlineMigration;
  throw new OutgrowError("internal", "This move has no online migration of a provider.");
}

function taken({ target }: MoveOrder): OutgrowError {
  return new OutgrowError(
    "blocked",
    `The provider is migrating something to ${target.dial.host} already, and this move did not begin it.`,
    { hint: "Let it end, or stop it in the provider's console; then run it again." },
  );
}

function endless(
  { stallLimitMs }: MigrationOrder,
  { place }: Database,
  last: MigrationState | null,
  left: readonly string[],
): OutgrowError {
  const still = left.length === 0 ? "" : `, and ${left.join(", ")} still brings rows to ${place}`;
  return new OutgrowError(
    "timeout",
    `The provider's online migration has not ended ${stallLimitMs / 1000} s after it was asked to (${last?.status ?? "gone"})${still}.`,
    { hint: "Stop it in the provider's console, then run it again. Nothing is lost." },
  );
}
