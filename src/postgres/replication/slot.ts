import { setTimeout as sleep } from "node:timers/promises";
import { OutgrowError } from "../../model/error.ts";
import type { Millis } from "../../model/time.ts";
import { type Database, withTimeLimit } from "../database.ts";
import type { RunNames } from "../runNames.ts";

/** What a slot costs and whether it still works. */
export interface SlotState {
  readonly name: string;
  readonly isActive: boolean;
  /** `lost`: the server threw away what the slot still needed; only a new start helps. */
  readonly wal: "reserved" | "extended" | "unreserved" | "lost";
  /** How long nobody has read it; `null`: somebody does, or the server is older than 17 and does not know. */
  readonly silentMs: Millis | null;
  /** Kept on disk for it. */
  readonly heldBytes: number;
}

/** https://www.postgresql.org/docs/current/view-pg-replication-slots.html */
export async function readSlot(database: Database, name: string): Promise<SlotState | null> {
  const [row] = await database.query<SlotState>(
    `select slot_name as name, active as "isActive", coalesce(wal_status, 'lost') as wal,
            (extract(epoch from clock_timestamp() - (to_jsonb(s) ->> 'inactive_since')::timestamptz) * 1000)::float8 as "silentMs",
            coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn), 0)::float8 as "heldBytes"
       from pg_replication_slots s where slot_name = $1`,
    [name],
  );
  return row ?? null;
}

/** A slot for reading changes by SQL; an older one of that name is replaced. */
export async function createSlot(
  database: Database,
  name: string,
  patienceMs: Millis = SLOT_MS,
): Promise<void> {
  await dropSlot(database, name);
  await whenOthersAreDone(database, patienceMs, async () => {
    await database.query(CREATE, [name]);
  });
}

const CREATE = "select pg_create_logical_replication_slot($1, 'pgoutput')";

/** How long a slot may wait for the transactions of others. */
export const SLOT_MS: Millis = 60_000;

/**
 * A slot begins when every transaction is over that was open before it, and waits for them without a limit of its own:
 * https://www.postgresql.org/docs/current/logicaldecoding-explanation.html.
 */
async function whenOthersAreDone(
  publisher: Database,
  patienceMs: Millis,
  deed: () => Promise<void>,
): Promise<void> {
  await withTimeLimit(publisher, patienceMs, deed, () => waitedFor(publisher, patienceMs));
}

async function waitedFor(publisher: Database, patienceMs: Millis): Promise<OutgrowError> {
  const open = await openTransactions(publisher);
  return new OutgrowError(
    "timeout",
    `A replication slot on ${publisher.place} waited ${patienceMs / 1000} s for transactions that were open before it.${open === "" ? "" : ` Open now: ${open}.`}`,
    {
      hint: "Let them end, or end them: SELECT pg_terminate_backend(pid); then run it again. Nothing was changed.",
    },
  );
}

/** Those that a slot of ours waits for, or a sender before its table's copy may begin, or for a lock on that table; `null`: none waits. */
export async function transactionsInTheWay(publisher: Database, { role }: RunNames): Promise<string | null> {
  const waiting = await publisher.query<{ pid: number }>(
    `select l.pid from pg_locks l join pg_stat_activity a on a.pid = l.pid
      where not l.granted and (a.backend_type = 'walsender' or a.query = $2) and a.usename = $1`,
    [role, CREATE],
  );
  return waiting.length === 0
    ? null
    : openTransactions(
        publisher,
        waiting.map(({ pid }) => pid),
      );
}

/** Those that write, and whoever else the waiting ones wait for. */
async function openTransactions(publisher: Database, waiting: readonly number[] = []): Promise<string> {
  const open = await publisher.query<{ text: string }>(
    `select format('pid %s, role %s, %s, for %s s', pid, usename, state, round(extract(epoch from clock_timestamp() - xact_start))) as text
       from pg_stat_activity
      where (backend_xid is not null or pid in (select unnest(pg_blocking_pids(w)) from unnest($1::int[]) w))
        and pid <> pg_backend_pid() and datname = current_database() order by xact_start limit 5`,
    [waiting],
  );
  return open.map(({ text }) => text).join("; ");
}

/**
 * Ends what still sends the rows of a table to a reader that is gone: in a copy no time limit of the server's applies, and its
 * slot stays taken. By then it is called as that slot is.
 */
export async function endCopySenders(database: Database, { role }: RunNames): Promise<void> {
  await database.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where usename = $1 and backend_type = 'walsender' and application_name ~ '^pg_\\d+_sync_'",
    [role],
  );
}

const PATIENCE_MS = 15_000;
const PAUSE_MS = 50;

/**
 * Drops a slot and the slots of its tables' first copies. One that is in use is freed first: its reader is gone or
 * going, and an abandoned slot fills the disk; again and again, for who cannot say farewell to it ends when he is told twice
 * (`ProcessClientWriteInterrupt`, see `TAKES_NOTHING`). Nothing happens when there is none.
 */
export async function dropSlot(database: Database, name: string): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const dropped = await database
      .query(
        `select pg_terminate_backend(active_pid) from pg_replication_slots where slot_name = $1 and active`,
        [name],
      )
      .then(() =>
        database.query(
          "select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = $1",
          [name],
        ),
      )
      .then(
        () => null,
        (error: unknown) => error,
      );
    if (dropped === null) return;
    if (Date.now() > deadline) throw dropped;
    await sleep(PAUSE_MS);
  }
}

/**
 * Lets a slot that nobody reads begin behind everything that was committed before. A commit that did not wait for the disk
 * would lie behind the place it may be moved to, so whoever calls has just committed one that did.
 * https://www.postgresql.org/docs/current/functions-admin.html#FUNCTIONS-REPLICATION
 */
export async function skipWritten(database: Database, name: string): Promise<void> {
  await database.query("select pg_replication_slot_advance($1, pg_current_wal_flush_lsn())", [name]);
}

/** Throws `blocked` when changes that a subscription has not read yet are not kept for it any more. */
export async function assertKept(publisher: Database, name: string, subscriptionId: string): Promise<void> {
  const loss = await findLoss(publisher, name, subscriptionId);
  if (loss === null) return;
  throw new OutgrowError("blocked", `${loss}.`, {
    hint: "Run it again, at a quieter hour or with a larger max_slot_wal_keep_size: the copy begins anew, and nothing is lost.",
  });
}

/**
 * Why a subscription will never be whole, `null`: it may be. A server gives up a slot to save its disk; that of a first copy too, which
 * nobody reads while the rows come in.
 */
export async function findLoss(
  publisher: Database,
  name: string,
  subscriptionId: string,
): Promise<string | null> {
  const slot = await readSlot(publisher, name);
  if (slot === null)
    return `${publisher.place} has no replication slot ${name} any more, and what was written since would be missing on the target`;
  if (slot.wal !== "lost" && !(await hasLostCopySlot(publisher, subscriptionId))) return null;
  return `${publisher.place} threw away changes that the target has not read yet, to keep its disk from filling (max_slot_wal_keep_size)`;
}

/** As the slots of a subscription's first copies begin: https://www.postgresql.org/docs/current/logical-replication-subscription.html */
export function copySlotPattern(subscriptionId: string): string {
  return `^pg_${subscriptionId}_sync_`;
}

async function hasLostCopySlot(publisher: Database, subscriptionId: string): Promise<boolean> {
  const lost = await publisher.query(
    "select from pg_replication_slots where slot_name ~ $1 and wal_status = 'lost'",
    [copySlotPattern(subscriptionId)],
  );
  return lost.length > 0;
}
