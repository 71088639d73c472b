import { createHash } from "node:crypto";
import type { Client } from "pg";
import { connectionString } from "../../src/postgres/endpoint.ts";
import { closing, connectTo } from "../postgres/client.ts";
import type { LabSide } from "../postgres/pair.ts";
import { waitFor } from "../waitFor.ts";
import { type DumpSource, endpointOf } from "./migrationSource.ts";

/** What stands on both servers to follow one database, under names as the provider's tool makes them. */
export function namesFor(database: string) {
  const stem = `aiven_db_migrate_${createHash("md5").update(database).digest("hex")}`;
  return { publication: `${stem}_pub`, slot: `${stem}_slot`, subscription: `${stem}_sub` };
}

/** Publication and slot on the source, the provider's own subscription on the target. */
export async function follow(
  source: DumpSource,
  target: LabSide,
  database: string,
  signal: AbortSignal,
): Promise<void> {
  await publish(source, database, signal);
  try {
    await subscribe(source, target, database);
  } catch (error) {
    await unpublish(source, database);
    throw error;
  }
}

/** Names that are taken, of a migration that left them there, are an error. */
async function publish(source: DumpSource, database: string, signal: AbortSignal): Promise<void> {
  const { publication, slot } = namesFor(database);
  await using client = await connectTo(endpointOf(source, database), signal);
  await client.query(`create publication ${publication} for all tables`);
  await client.query("select pg_create_logical_replication_slot($1, 'pgoutput')", [slot]);
}

async function subscribe(source: DumpSource, target: LabSide, database: string): Promise<void> {
  const { publication, slot, subscription } = namesFor(database);
  await using superuser = closing(await target.superuser(database));
  const dial = connectionString(source.dial, { ...source.login, database });
  await superuser.query(
    `create subscription ${subscription} connection ${superuser.escapeLiteral(dial)}
     publication ${publication} with (slot_name = ${slot}, create_slot = false, copy_data = true)`,
  );
}

/** Whether every table of it has its rows. */
export async function isCopied(target: LabSide, database: string): Promise<boolean> {
  await using client = closing(await target.superuser(database));
  const { rows } = await client.query(
    `select 1 from pg_subscription_rel join pg_subscription on srsubid = oid
     where subname = $1 and srsubstate <> 'r' limit 1`,
    [namesFor(database).subscription],
  );
  return rows.length === 0;
}

/** The target's side goes without a word to the source, as where the source cannot be reached any more. */
export async function unsubscribe(target: LabSide, database: string): Promise<void> {
  const { subscription } = namesFor(database);
  await using client = closing(await target.superuser(database));
  const { rows } = await client.query("select 1 from pg_subscription where subname = $1", [subscription]);
  if (rows.length === 0) return;
  await client.query(`alter subscription ${subscription} disable`);
  await client.query(`alter subscription ${subscription} set (slot_name = none)`);
  await client.query(`drop subscription ${subscription}`);
}

export async function unpublish(source: DumpSource, database: string): Promise<void> {
  const { publication, slot } = namesFor(database);
  await using client = await connectTo(endpointOf(source, database));
  await waitFor(`the slot ${slot} to be left`, () => dropSlot(client, slot), 10_000);
  await client.query(`drop publication if exists ${publication}`);
}

/** Whoever makes it still, waiting for other people's transactions, or sends from it, ends a moment after being told to. */
async function dropSlot(client: Client, slot: string): Promise<true> {
  await client.query(
    "select pg_terminate_backend(active_pid) from pg_replication_slots where slot_name = $1 and active",
    [slot],
  );
  await client.query(
    "select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = $1",
    [slot],
  );
  return true;
}
