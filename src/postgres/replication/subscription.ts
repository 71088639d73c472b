import { OutgrowError } from "../../model/error.ts";
import { Secret } from "../../model/secret.ts";
import type { Millis } from "../../model/time.ts";
import { type Database, withTimeLimit } from "../database.ts";
import { connectionString, type DialAddress } from "../endpoint.ts";
import { quoteName } from "../quote.ts";
import { stateOf } from "../refusal.ts";
import { mayCopyBinary } from "./binaryRows.ts";
import { copySlotPattern, createSlot, dropSlot, SLOT_MS } from "./slot.ts";
import { subscriberBy, subscriberOf } from "./subscriber.ts";

export interface SubscriptionOrder {
  /** Of the subscription, of its slot, and of the publication it reads. */
  readonly name: string;
  readonly dial: DialAddress;
  readonly login: { readonly database: string; readonly user: string; readonly password: Secret };
  readonly copiesRows: boolean;
  /** False: it and its slot are there, and it does not read yet. */
  readonly isOn?: boolean;
  /** How long its slot may wait for the transactions of others. */
  readonly patienceMs?: Millis;
}

/** Where a subscription is, as even an administrator who is no superuser may read it. */
export interface SubscriptionState {
  /** By which the slots of its first copies are named. */
  readonly id: string;
  readonly tables: number;
  /** Tables whose rows are all there. */
  readonly filledTables: number;
  /** Tables whose first copy is done and which follow. */
  readonly readyTables: number;
  readonly isRunning: boolean;
  /** Counts only grow; a count that grew means that something is wrong on the target. */
  readonly applyErrors: number;
  readonly syncErrors: number;
  /** Workers that bring the rows of a table for the first time, or are about to. */
  readonly copiers: number;
  readonly copiesUnderWay: number;
  /** The rows and bytes of copies under way. */
  readonly copyingRows: number;
  readonly copyingBytes: number;
  /** The workers are another role's, and how far their copies are is not for us to see. */
  readonly hidesCopies: boolean;
}

/** Subscribes; `publisher` is our own session there, for a slot that an interrupted attempt left. Does nothing when it is there already. */
export async function subscribe(
  subscriber: Database,
  publisher: Database,
  { name, dial, login, copiesRows, isOn = true, patienceMs = SLOT_MS }: SubscriptionOrder,
): Promise<void> {
  if (await isSubscribed(subscriber, name)) return;
  const { create } = await subscriberOf(subscriber);
  const isBinary = copiesRows && (await mayCopyBinary(publisher, subscriber));
  const connection = new Secret(connectionString(dial, login));
  // By ourselves: a statement that makes it too may be in no block, and whoever asks the publisher for it sets it no time limit.
  await createSlot(publisher, name, patienceMs);
  try {
    await create({ name, connection, copiesRows, isBinary, isOn });
  } catch (error) {
    // Where the answer was lost it may be there.
    if (stateOf(error) !== null) await dropSlot(publisher, name).catch(() => undefined);
    throw error;
  }
}

/**
 * Ends a subscription and its slot, also when the other server cannot be reached: then the slot stays there,
 * and dropping it is for whoever reaches that server.
 */
export async function unsubscribe(
  subscriber: Database,
  publisher: Database | null,
  name: string,
): Promise<void> {
  const found = await findSubscription(subscriber, name);
  if (found !== null) {
    const { drop } = subscriberBy(subscriber, found.isOurs);
    await unlessStuck(subscriber, name, STUCK_MS, () => drop(name));
  }
  await (await subscriberOf(subscriber)).tidy();
  if (publisher === null) return;
  await dropSlot(publisher, name);
  if (found !== null) await dropCopySlots(publisher, found.id);
}

/** The slots of first copies that were under way. */
export async function dropCopySlots(publisher: Database, subscriptionId: string): Promise<void> {
  const left = await publisher.query<{ name: string }>(
    "select slot_name as name from pg_replication_slots where slot_name ~ $1",
    [copySlotPattern(subscriptionId)],
  );
  for (const { name } of left) await dropSlot(publisher, name);
}

/** It and its slot stay, and it reads no more. Nothing happens where there is none. */
export function pauseSubscription(subscriber: Database, name: string): Promise<void> {
  return change(subscriber, name, "disable", STUCK_MS);
}

/** It reads on from where it stopped. Nothing happens where there is none. */
export function resumeSubscription(
  subscriber: Database,
  name: string,
  patienceMs: Millis = STUCK_MS,
): Promise<void> {
  return change(subscriber, name, "enable", patienceMs);
}

/** Begins to copy the tables that came into its publication since; for a session that may subscribe by itself. */
export async function subscribeToo(subscriber: Database, name: string): Promise<void> {
  await unlessStuck(subscriber, name, STUCK_MS, () =>
    subscriber.script(`alter subscription ${quoteName(name)} refresh publication with (copy_data = true)`),
  );
}

/** Those whose rows are not all there yet, or which do not follow yet. */
export async function tablesOnTheWay(subscriber: Database, name: string): Promise<readonly string[]> {
  const rows = await subscriber.query<{ table: string }>(
    `select r.srrelid::regclass::text as table from pg_subscription_rel r join pg_subscription s on s.oid = r.srsubid
      where s.subname = $1 and r.srsubstate <> 'r' order by 1`,
    [name],
  );
  return rows.map(({ table }) => table);
}

async function change(
  subscriber: Database,
  name: string,
  verb: "enable" | "disable",
  patienceMs: Millis,
): Promise<void> {
  const found = await findSubscription(subscriber, name);
  if (found === null) return;
  const by = subscriberBy(subscriber, found.isOurs);
  await unlessStuck(subscriber, name, patienceMs, () => by[verb](name));
}

/** Longer than a dead connection is kept: see `connectionString`. */
const STUCK_MS: Millis = 30_000;

/**
 * A worker that waits for the last answer of a copy heeds no `pg_terminate_backend`: the wait is libpq's own
 * (`pqEndcopy3` in https://github.com/postgres/postgres/blob/REL_17_STABLE/src/interfaces/libpq/fe-protocol3.c).
 * The subscription waits for the worker, and whoever changes the subscription would wait for both.
 */
async function unlessStuck(
  subscriber: Database,
  name: string,
  patienceMs: Millis,
  deed: () => Promise<void>,
): Promise<void> {
  await withTimeLimit(subscriber, patienceMs, deed, () => stuck(subscriber, name));
}

function stuck({ place }: Database, name: string): OutgrowError {
  return new OutgrowError(
    "timeout",
    `A worker of the subscription ${name} on ${place} waits on a connection to the other server that brings nothing and does not end.`,
    {
      hint: `Something on the way keeps the connection open: end it there (a proxy, a load balancer, a tunnel), or restart ${place}. Then run it again; nothing is lost.`,
    },
  );
}

/**
 * Ends the workers of its first copies, which the server starts again: one that is copying heeds no `disable`. The one that follows
 * ends a dead connection by itself. Where the subscription is a superuser's they are not ours to end; they hear it from the publisher.
 */
export async function endCopies(subscriber: Database, name: string): Promise<void> {
  await subscriber.query(
    `select pg_terminate_backend(s.pid) from pg_stat_subscription s join pg_subscription o on o.oid = s.subid
      where s.subname = $1 and ${COPIES} and pg_has_role(current_user, o.subowner, 'member')`,
    [name],
  );
}

export async function isSubscribed(database: Database, name: string): Promise<boolean> {
  return (await findSubscription(database, name)) !== null;
}

/** Another role's cannot be altered as such: see `subscriberBy`. */
async function findSubscription(
  database: Database,
  name: string,
): Promise<{ readonly id: string; readonly isOurs: boolean } | null> {
  const [found] = await database.query<{ id: string; isOurs: boolean }>(
    `select s.oid::text as id, pg_has_role(current_user, s.subowner, 'member') as "isOurs" from pg_subscription s where s.subname = $1`,
    [name],
  );
  return found ?? null;
}

/** Of a worker `s`: that it brings the rows of a table, and does not yet apply what was changed meanwhile. */
const COPIES = `s.pid is not null and exists (
  select from pg_subscription_rel r where r.srsubid = s.subid and r.srrelid = s.relid and r.srsubstate in ('i', 'd'))`;

const STATE = `
select s.subid::text as id,
  (select count(*)::int from pg_subscription_rel r where r.srsubid = s.subid) as tables,
  (select count(*)::int from pg_subscription_rel r where r.srsubid = s.subid and r.srsubstate not in ('i', 'd')) as "filledTables",
  (select count(*)::int from pg_subscription_rel r where r.srsubid = s.subid and r.srsubstate = 'r') as "readyTables",
  bool_or(s.pid is not null and s.relid is null) as "isRunning",
  (count(*) filter (where ${COPIES}))::int as copiers,
  coalesce((select max(e.apply_error_count)::int from pg_stat_subscription_stats e where e.subid = s.subid), 0) as "applyErrors",
  coalesce((select max(e.sync_error_count)::int from pg_stat_subscription_stats e where e.subid = s.subid), 0) as "syncErrors",
  copies.*,
  (select not pg_has_role(current_user, o.subowner, 'member') from pg_subscription o where o.oid = s.subid) as "hidesCopies"
from pg_stat_subscription s cross join (
  select count(*)::int as "copiesUnderWay", coalesce(sum(tuples_processed), 0)::float8 as "copyingRows",
    coalesce(sum(bytes_processed), 0)::float8 as "copyingBytes"
  from pg_stat_progress_copy where datname = current_database()
) copies
where s.subname = $1 group by s.subid, copies."copiesUnderWay", copies."copyingRows", copies."copyingBytes"`;

/** How often a worker of it has failed. */
export function errorsOf({ applyErrors, syncErrors }: SubscriptionState): number {
  return applyErrors + syncErrors;
}

/** `null`: there is none of that name. */
export async function readSubscription(database: Database, name: string): Promise<SubscriptionState | null> {
  const [row] = await database.query<SubscriptionState>(STATE, [name]);
  return row ?? null;
}
