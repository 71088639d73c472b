import { setTimeout as sleep } from "node:timers/promises";
import { assertSameSchema } from "../catalog/drift.ts";
import { readTables } from "../catalog/tables.ts";
import { copyRows } from "../schema/copyRows.ts";
import { assertSameLargeObjects, copyLargeObjectRights } from "../schema/largeObjects.ts";
import { assertSameRights } from "../schema/sameRights.ts";
import { different } from "../verify/difference.ts";
import { compareTable } from "../verify/wholeTable.ts";
import { type CopyMeter, createCopyMeter } from "./copyMeter.ts";
import { assertHeld, carrySequences } from "./cutOver.ts";
import { completeSchema } from "./follow.ts";
import { inPhase } from "./inPhase.ts";
import { dumpProgram } from "./prepare.ts";
import type { OpenMove } from "./sides.ts";
import { outward } from "./streams.ts";
import { tellCompared } from "./tellCompared.ts";

/** The offline driver, while writes are held: the rows, then the rest of the schema, then everything compared. */
export async function copyHeld(move: OpenMove): Promise<void> {
  const { order, names, source, target } = move;
  await inPhase(order, "copying", () => copyWithProgress(move));
  await inPhase(order, "following", async () => {
    await completeSchema(move);
    await copyLargeObjectRights(source, target, names);
  });
  await inPhase(order, "sequences", () => carrySequences(source, target));
  await inPhase(order, "verify", async () => {
    await compareEverything(move);
    await assertSameLargeObjects(source, target, names, { hint: "Walk back, and copy again." });
    await assertSameSchema(outward(move));
    await assertSameRights(move, outward(move));
  });
}

const LOOK_MS = 500;

/** The source is asked what it sends while the programs on the host are at work. */
async function copyWithProgress(move: OpenMove): Promise<void> {
  const { order } = move;
  const { admin, programs } = order.target;
  const to = { user: admin.user, database: order.database, password: admin.password };
  const working = new AbortController();
  // When writes go on by themselves it has been for nothing.
  const limitMs = Math.min(order.copyLimitMs, order.holdLimitMs);
  const meter = await createCopyMeter(move);
  const copying = copyRows({ ...dumpProgram(move), limitMs }, programs, to).finally(() => working.abort());
  await Promise.all([copying, watchCopy(meter, working.signal)]);
  meter.end();
}

async function watchCopy(meter: CopyMeter, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await meter.tell();
    await sleep(LOOK_MS, undefined, { signal }).catch(() => undefined);
  }
}

async function compareEverything({ order, names, source, target }: OpenMove): Promise<void> {
  const tables = await readTables(source);
  const tell = tellCompared(order);
  for (const [index, table] of tables.entries()) {
    const { keys, isExact } = await compareTable(source, target, table);
    if (keys.size > 0 || !isExact) throw different(table, keys.size > 0 ? keys : "all");
    await assertHeld(order, source, names);
    tell(index + 1, tables.length);
  }
}
