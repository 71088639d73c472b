import { setTimeout as sleep } from "node:timers/promises";
import { OutgrowError } from "../../model/error.ts";
import { assertSameSchema, unlessChanged } from "../catalog/drift.ts";
import { readTables, type Table, tableName } from "../catalog/tables.ts";
import { type Database, queryOne } from "../database.ts";
import { letGo } from "../fence/holdWrites.ts";
import { quoteQualified } from "../quote.ts";
import { giveCopyRights, takeCopyRights } from "../replication/copyRights.ts";
import { publishable, publishedTables, publishToo } from "../replication/publication.ts";
import { isSubscribed, readSubscription, subscribeToo } from "../replication/subscription.ts";
import { assertSameRights } from "../schema/sameRights.ts";
import { assertSilence, type Stream, startFollower } from "../verify/follower.ts";
import { compareAll } from "../verify/whileWritten.ts";
import { checkFollowed, cutOver } from "./cutOver.ts";
import { inPhase } from "./inPhase.ts";
import type { MoveOrder } from "./order.ts";
import { movedTables } from "./prepare.ts";
import { openReturn, settle } from "./settle.ts";
import { settleDown } from "./settleDown.ts";
import { type OpenMove, openMove } from "./sides.ts";
import { homeward } from "./streams.ts";
import { tellCompared } from "./tellCompared.ts";

const PAUSE_MS = 100;

/** The same way back: proved row by row, writes held, sequences carried, and then the source is opened again. */
export async function goHome(move: OpenMove): Promise<void> {
  const { names, source, target } = move;
  const order = { ...move.order, holdLimitMs: move.order.homeHoldLimitMs };
  if (!(await isSubscribed(source, names.back))) throw noReturn(order);
  await openReturn(move);
  await letGo(target, names, null);
  const stream = homeward(move);
  await assertSameSchema(stream);
  await assertSameRights(move, stream);
  await unlessChanged(stream, () => cutOverHome({ ...move, order }, stream));
}

async function cutOverHome(move: OpenMove, stream: Stream): Promise<void> {
  const { order, names, target } = move;
  await followNewTables(move, stream);
  const follower = await startFollower(stream, await movedTables(move));
  await inPhase(order, "ready", async () => {
    await using other = await openMove(order);
    const beside = { from: other.target, to: other.source };
    await compareAll(follower, { beside, tell: tellCompared(order) });
    await settleDown(order, follower, beside);
  });
  await cutOver({
    order,
    names,
    from: target,
    side: order.target,
    login: { user: order.target.admin.user, database: order.database, password: order.target.admin.password },
    check: () => checkFollowed(order, follower),
    checkSilence: () => assertSilence(follower),
    arm: async () => undefined,
    disarm: async () => undefined,
    open: () => settle(move, "source"),
  });
}

/** A migration may have made tables since the switch: their rows come home too, once the old server has them. */
async function followNewTables({ order, names, source, target }: OpenMove, stream: Stream): Promise<void> {
  const known = new Set((await publishedTables(target, names.back)).map(quoteQualified));
  const fresh = (await readTables(target)).filter(
    (table) => table.isLogged && !known.has(quoteQualified(table)),
  );
  for (const table of fresh) await assertMayCome(table, source, stream.ifChanged);
  await giveCopyRights(target, names, fresh);
  await publishToo(target, names.back, fresh);
  // What an attempt published that died before this is copied as well.
  await subscribeToo(source, names.back);
  const began = order.now();
  for (;;) {
    const state = await readSubscription(source, names.back);
    if (state !== null && state.readyTables === state.tables) break;
    if (order.now() - began > order.copyLimitMs) throw notCome(fresh, source, order);
    await sleep(PAUSE_MS);
  }
  await takeCopyRights(target, names);
}

async function assertMayCome(table: Table, source: Database, ifChanged: string): Promise<void> {
  const name = tableName(table);
  if (publishable([table]).length === 0) {
    throw new OutgrowError("blocked", `The new table ${name} has nothing to name its rows by.`, {
      hint: `Give it a primary key, or REPLICA IDENTITY FULL. ${ifChanged}`,
    });
  }
  const { isFilled } = await queryOne<{ isFilled: boolean }>(
    source,
    `select exists (select from ${quoteQualified(table)}) as "isFilled"`,
  );
  if (!isFilled) return;
  throw new OutgrowError("blocked", `The new table ${name} has rows on ${source.place} already.`, {
    hint: `Those of the new server come with the way home: empty it on the old one (TRUNCATE). ${ifChanged}`,
  });
}

function notCome(tables: readonly Table[], { place }: Database, { copyLimitMs }: MoveOrder): OutgrowError {
  return new OutgrowError(
    "timeout",
    `The rows of ${tables.map(tableName).join(", ")} did not come to ${place} within ${Math.round(copyLimitMs / 1000)} s.`,
    { hint: "The new server serves on. The old server's log says why; then run outgrow undo again." },
  );
}

function noReturn({ database }: MoveOrder): OutgrowError {
  return new OutgrowError(
    "blocked",
    `The way back of ${database} was not prepared: rows written since the switch would be lost.`,
    {
      hint: "The plan called this step a point of no return. Copy the rows back by hand if they matter, then start the old database.",
    },
  );
}
