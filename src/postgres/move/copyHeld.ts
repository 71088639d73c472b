import { setTimeout as sleep } from "node:timers/promises";
import { OutgrowError } from "../../model/error.ts";
import { readTables } from "../catalog/tables.ts";
import { type Database, queryOne } from "../database.ts";
import { copyRows } from "../schema/copyRows.ts";
import { different } from "../verify/difference.ts";
import { compareTable } from "../verify/wholeTable.ts";
import { createCopyMeter } from "./copyMeter.ts";
import { assertSameSchema, carrySequences } from "./cutOver.ts";
import { completeSchema } from "./follow.ts";
import { inPhase } from "./inPhase.ts";
import { dumpProgram } from "./prepare.ts";
import type { OpenMove } from "./sides.ts";
import { tellCompared } from "./tellCompared.ts";

/** The offline driver, while writes are held: the rows, then the rest of the schema, then everything compared. */
export async function copyHeld(move: OpenMove): Promise<void> {
  const { order, source, target } = move;
  await inPhase(order, "copying", () => copyWithProgress(move));
  await inPhase(order, "following", () => completeSchema(move));
  await inPhase(order, "sequences", () => carrySequences(source, target));
  await inPhase(order, "verify", async () => {
    await compareEverything(move);
    await assertSameLargeObjects(source, target);
    await assertSameSchema(source, target);
  });
}

const LOOK_MS = 500;

/** The source is asked what it sends while the programs on the host are at work. */
async function copyWithProgress(move: OpenMove): Promise<void> {
  const { order } = move;
  const { admin, programs } = order.target;
  const to = { user: admin.user, database: order.database, password: admin.password };
  const working = new AbortController();
  const copying = copyRows(dumpProgram(move), programs, to, order.copyLimitMs).finally(() => working.abort());
  const watching = watchCopy(move, working.signal);
  await Promise.all([copying, watching]);
}

async function watchCopy(move: OpenMove, signal: AbortSignal): Promise<void> {
  const meter = await createCopyMeter(move);
  while (!signal.aborted) {
    await meter.tell();
    await sleep(LOOK_MS, undefined, { signal }).catch(() => undefined);
  }
}

async function compareEverything({ order, source, target }: OpenMove): Promise<void> {
  const tables = await readTables(source);
  const tell = tellCompared(order);
  for (const [index, table] of tables.entries()) {
    const { keys, isExact } = await compareTable(source, target, table);
    if (keys.size > 0 || !isExact) throw different(table, keys.size > 0 ? keys : "all");
    tell(index + 1, tables.length);
  }
}

/** Their contents by number: https://www.postgresql.org/docs/current/largeobjects.html */
async function assertSameLargeObjects(source: Database, target: Database): Promise<void> {
  const [here, there] = await Promise.all([largeObjects(source), largeObjects(target)]);
  if (here.count === there.count && here.hash === there.hash) return;
  throw new OutgrowError(
    "verify",
    `The large objects are not the same: ${here.count} on the source, ${there.count} on the target.`,
  );
}

async function largeObjects(
  database: Database,
): Promise<{ readonly count: number; readonly hash: string | null }> {
  return queryOne(
    database,
    `select count(*)::int as count, sum(hashtextextended(oid || encode(lo_get(oid), 'hex') collate "C", 0))::text as hash from pg_largeobject_metadata`,
  );
}
