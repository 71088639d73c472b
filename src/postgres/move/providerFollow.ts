import { setTimeout as sleep } from "node:timers/promises";
import { OutgrowError } from "../../model/error.ts";
import type { MigrationState } from "../../model/onlineMigration.ts";
import type { Millis } from "../../model/time.ts";
import type { Database } from "../database.ts";
import { recordScript } from "../fence/record.ts";
import { quoteName } from "../quote.ts";
import { unpublish } from "../replication/publication.ts";
import type { RunNames } from "../runNames.ts";
import { copyRights } from "../schema/ownership.ts";
import { createCopyMeter } from "./copyMeter.ts";
import { refreshTarget } from "./follow.ts";
import { beginMigration, readMigration } from "./migration.ts";
import type { OpenMove } from "./sides.ts";

/** Waits until the provider has copied everything and follows. */
export async function awaitProvider(move: OpenMove): Promise<void> {
  const { order, target } = move;
  await awaitBeginning(move);
  const begun = order.now();
  const meter = await createCopyMeter(move);
  for (;;) {
    const state = await readMigration(move);
    if (state?.status === "syncing" && (await isCopied(target))) return meter.end();
    if (state?.status !== "running" && state?.status !== "syncing") throw ended(move, state);
    await meter.tell([`the provider says ${state.status}`]);
    const tookMs = order.now() - begun;
    if (tookMs > order.copyLimitMs) throw tooSlow(move, state);
    await sleep(pauseAfter(tookMs));
  }
}

/** What was asked for may be told of only after a while; and who was to ask may have died before: then it is asked for again. */
async function awaitBeginning(move: OpenMove): Promise<void> {
  if (await isToldOf(move)) return;
  await beginMigration(move);
  if (!(await isToldOf(move))) throw ended(move, null);
}

async function isToldOf(move: OpenMove): Promise<boolean> {
  const { order } = move;
  const deadline = order.now() + order.stallLimitMs;
  while ((await readMigration(move)) === null) {
    if (order.now() > deadline) return false;
    order.tell({ kind: "progress", text: "waits for the provider to begin", share: null });
    await sleep(1_000);
  }
  return true;
}

/** Seldom where it takes long: their API counts requests by the hour. */
function pauseAfter(tookMs: Millis): Millis {
  return Math.min(10_000, Math.max(300, tookMs / 20));
}

/**
 * The provider has brought the schema with what is ours in it, as the source has it: from here on the target has a record
 * of its own. Then whose everything is, and what no replication carries.
 */
export async function takeOver(move: OpenMove): Promise<void> {
  const { names, target } = move;
  await target.script(ownRecordScript(names));
  // The schema came with all publications of the source.
  await unpublish(target, names.forward);
  await copyRights(move, "whole");
  await refreshTarget(move);
}

/**
 * The provider publishes all tables, ours too. Triggers that fire only for rows that come by replication keep the source's
 * record out of the target's: https://www.postgresql.org/docs/current/sql-altertable.html (ENABLE REPLICA TRIGGER)
 */
function ownRecordScript(names: RunNames): string {
  const s = quoteName(names.schema);
  const shields = ["record", "shut_out"].map(
    (table) => `
drop trigger if exists keep_out on ${s}.${table};
create trigger keep_out before insert or update or delete on ${s}.${table} for each row execute function ${s}.keep_out();
alter table ${s}.${table} enable replica trigger keep_out;`,
  );
  return `
${recordScript(names, "closed")}
create or replace function ${s}.keep_out() returns trigger language plpgsql as $body$ begin return null; end $body$;
${shields.join("")}
delete from ${s}.shut_out;
update ${s}.record set writes = 'closed', hold = 0;`;
}

/** Of every subscription in the database: the provider's are the only ones now. There is none where it copies in another way. */
async function isCopied(target: Database): Promise<boolean> {
  const missing = await target.query("select from pg_subscription_rel where srsubstate <> 'r' limit 1");
  return missing.length === 0;
}

function ended({ order }: OpenMove, state: MigrationState | null): OutgrowError {
  const { database, target } = order;
  if (state?.status === "done")
    return new OutgrowError(
      "blocked",
      `The provider has copied ${database} to ${target.dial.host} once and does not follow it: what was written since is missing there.`,
      {
        hint: "It follows where the source's wal_level is logical and its role is a superuser. Or take the offline driver: leave target.postgres.onlineMigration out, and plan anew.",
      },
    );
  return new OutgrowError(
    "command",
    `The provider's online migration of ${database} to ${target.dial.host} has ended: ${state?.status ?? "it tells of none"}.`,
    { hint: "Its console says why. Run it again: it begins anew." },
  );
}

function tooSlow({ order, target }: OpenMove, { status }: MigrationState): OutgrowError {
  return new OutgrowError(
    "timeout",
    `The provider's copy to ${target.place} is not done after ${Math.round(order.copyLimitMs / 1000)} s: it says ${status}.`,
    { hint: "It goes on by itself; run it again to wait longer." },
  );
}
