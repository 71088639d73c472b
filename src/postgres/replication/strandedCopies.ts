import type { Database } from "../database.ts";

/**
 * Tables whose copy can never come to its end: their rows are there, and the slot from which what was changed meanwhile is
 * to be read is gone. A worker drops its slot first and then commits that its table follows, and waits for no disk: a server
 * that is killed there, or a standby that takes its place, does not know of it and asks for the slot for ever
 * (`process_syncing_tables_for_sync` in
 * https://github.com/postgres/postgres/blob/REL_17_STABLE/src/backend/replication/logical/tablesync.c).
 */
export async function strandedCopies(
  subscriber: Database,
  publisher: Database,
  name: string,
): Promise<readonly string[]> {
  // In this order: whoever has dropped a slot and is not at work any more has committed, and would be seen to have.
  const before = await copiesWithRows(subscriber, name);
  const kept = await copySlots(publisher);
  const atWork = await tablesAtWork(subscriber, name);
  const after = await copiesWithRows(subscriber, name);
  const wereThere = new Set(before.map(({ slot }) => slot));
  return after
    .filter(({ id, slot }) => wereThere.has(slot) && !kept.has(slot) && !atWork.has(id))
    .map(({ table }) => table);
}

/** As their slots begin; the server's own number stands behind it. */
async function copiesWithRows(
  subscriber: Database,
  name: string,
): Promise<readonly { readonly id: string; readonly table: string; readonly slot: string }[]> {
  return subscriber.query(
    `select r.srrelid::text as id, r.srrelid::regclass::text as table, format('pg_%s_sync_%s_', r.srsubid, r.srrelid) as slot
       from pg_subscription_rel r join pg_subscription s on s.oid = r.srsubid
      where s.subname = $1 and r.srsubstate = 'f'`,
    [name],
  );
}

async function copySlots(publisher: Database): Promise<ReadonlySet<string>> {
  const rows = await publisher.query<{ slot: string | null }>(
    "select substring(slot_name from '^pg_\\d+_sync_\\d+_') as slot from pg_replication_slots",
  );
  return new Set(rows.flatMap(({ slot }) => slot ?? []));
}

async function tablesAtWork(subscriber: Database, name: string): Promise<ReadonlySet<string>> {
  const rows = await subscriber.query<{ id: string }>(
    "select relid::text as id from pg_stat_subscription where subname = $1 and relid is not null and pid is not null",
    [name],
  );
  return new Set(rows.map(({ id }) => id));
}
