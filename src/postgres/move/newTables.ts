import { setTimeout as sleep } from "node:timers/promises";
import { OutgrowError } from "../../model/error.ts";
import { mayLetBypass } from "../catalog/roles.ts";
import { readTables, type Table } from "../catalog/tables.ts";
import { type Database, queryOne } from "../database.ts";
import { quoteName, quoteQualified } from "../quote.ts";
import { noteReader, publishable, publishedTables, publishToo } from "../replication/publication.ts";
import { giveReadingRights, takeReadingRights } from "../replication/readingRights.ts";
import {
  errorsOf,
  readSubscription,
  type SubscriptionState,
  subscribeToo,
  tablesOnTheWay,
} from "../replication/subscription.ts";
import type { Stream } from "../verify/follower.ts";
import { inPhase } from "./inPhase.ts";
import type { OpenMove } from "./sides.ts";

/** A migration may have made tables since the switch: their rows come home too, once the old server has them. Safe to repeat. */
export async function followNewTables(move: OpenMove, { ifChanged }: Stream): Promise<void> {
  const { order, names, source, target } = move;
  // Before any copy begins: each makes a slot.
  const reader = await readSubscription(source, names.back);
  if (reader !== null) await noteReader(target, names.back, reader.id);
  // One that was dropped and made anew is another one to the publication, and the same to the subscription until it is told.
  await subscribeToo(source, names.back);
  const known = new Set((await publishedTables(target, names.back)).map(quoteQualified));
  const fresh = (await readTables(target)).filter((table) => !known.has(quoteQualified(table)));
  const hidden = await tablesWithPolicies(target, fresh);
  const isSeen = hidden.size === 0 || (await mayLetBypass(target));
  for (const table of fresh) {
    await assertMayCome(source, table, { isSeen: isSeen || !hidden.has(table.written), ifChanged });
  }
  const isComplete = fresh.length === 0 && (await tablesOnTheWay(source, names.back)).length === 0;
  if (isComplete) return await takeReadingRights(target, names);
  await inPhase(order, "copying", async () => {
    // The rows are read as our role: policies would leave some out in silence.
    if (hidden.size > 0) await target.script(`alter role ${quoteName(names.role)} bypassrls`);
    await giveReadingRights(target, names, fresh);
    await publishToo(target, names.back, fresh);
    await subscribeToo(source, names.back);
    await awaitTables(move);
    await takeReadingRights(target, names);
  });
}

const PAUSE_MS = 200;

/** A worker that fails starts again after 5 s. */
const MOST_ERRORS = 4;

async function awaitTables({ order, names, source }: OpenMove): Promise<void> {
  const began = order.now();
  let first: SubscriptionState | null = null;
  for (;;) {
    const state = await readSubscription(source, names.back);
    first ??= state;
    if (state !== null && state.readyTables === state.tables) return;
    const errors = state === null || first === null ? 0 : errorsOf(state) - errorsOf(first);
    if (errors > MOST_ERRORS || order.now() - began > order.copyLimitMs) {
      throw notCome(await tablesOnTheWay(source, names.back), source, errors);
    }
    const { readyTables = 0, tables = 0 } = state ?? {};
    order.tell({
      kind: "progress",
      text: `${readyTables}/${tables} tables known to the old server`,
      share: null,
    });
    await sleep(PAUSE_MS);
  }
}

interface Circumstances {
  /** By who copies it, row by row. */
  readonly isSeen: boolean;
  readonly ifChanged: string;
}

async function assertMayCome(
  source: Database,
  table: Table,
  { isSeen, ifChanged }: Circumstances,
): Promise<void> {
  const refuse = (why: string, hint: string) =>
    new OutgrowError("blocked", `The new table ${table.written} ${why}.`, { hint: `${hint} ${ifChanged}` });
  if (!table.isLogged) {
    throw refuse(
      "is unlogged, and no such table is streamed",
      "ALTER TABLE … SET LOGGED on both servers, or drop it.",
    );
  }
  if (publishable([table]).length === 0) {
    throw refuse("has nothing to name its rows by", "Give it a primary key, or REPLICA IDENTITY FULL.");
  }
  if (!isSeen) {
    throw refuse(
      "has policies, which would hide its rows from who copies them",
      "ALTER TABLE … DISABLE ROW LEVEL SECURITY on the new server until undo has ended.",
    );
  }
  if (!(await isFilled(source, table))) return;
  throw refuse(
    `has rows on ${source.place} already`,
    `Those of the new server come with the way home; empty it on the old one: SET session_replication_role = replica; DELETE FROM ONLY ${table.written};`,
  );
}

/** As statements write their names. */
async function tablesWithPolicies(target: Database, tables: readonly Table[]): Promise<ReadonlySet<string>> {
  const rows = await target.query<{ written: string }>(
    `select format('%I.%I', n.nspname, c.relname) as written from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relrowsecurity and c.oid = any($1::regclass[])`,
    [tables.map(quoteQualified)],
  );
  return new Set(rows.map(({ written }) => written));
}

async function isFilled(source: Database, table: Table): Promise<boolean> {
  const { is } = await queryOne<{ is: boolean }>(
    source,
    `select exists (select from only ${quoteQualified(table)}) as is`,
  );
  return is;
}

function notCome(tables: readonly string[], { place }: Database, errors: number): OutgrowError {
  return new OutgrowError(
    "timeout",
    `The rows of ${tables.join(", ")} did not come to ${place}${errors > 0 ? `: its subscription failed ${errors} times` : ""}.`,
    {
      hint: "The new server serves on. The old server's log says why (a trigger, a constraint, a full disk); then run outgrow undo again.",
    },
  );
}
