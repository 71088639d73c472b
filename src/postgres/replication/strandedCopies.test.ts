import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { createGlaze, inGlaze, inMoved } from "../../../lab/postgres/application.ts";
import { forgetFollowing, untilFollows } from "../../../lab/postgres/forgottenCopy.ts";
import { moveOrder } from "../../../lab/postgres/move.ts";
import { type LabPair, startPair } from "../../../lab/postgres/pair.ts";
import { bringBack, carryOver } from "../move/move.ts";
import { adminEndpoint } from "../move/sides.ts";
import { runNames } from "../runNames.ts";
import { strandedCopies } from "./strandedCopies.ts";

const TABLES = 60;

const SCHEMA = Array.from(
  { length: TABLES },
  (_, index) =>
    `create table t${index} (id int primary key); insert into t${index} select generate_series(1, 100);`,
).join("\n");

describe("copies that cannot come to their end", () => {
  let pair: LabPair;
  before(async () => {
    pair = await startPair({ from: 15, to: 17 });
  });
  after(() => pair[Symbol.asyncDispose]());
  beforeEach(() => createGlaze(pair, SCHEMA));

  test("none that goes well looks like one at any moment", async () => {
    const order = moveOrder(pair);
    let isMoving = true;
    let looks = 0;
    const lookWithoutEnd = async () => {
      await using look = await openLook(pair);
      for (; isMoving; looks++) assert.deepEqual(await look.stranded(), []);
    };
    let looking: Promise<void> | null = null;
    const tell: typeof order.tell = (news) => {
      if (news.kind === "phase" && news.phase === "copying") looking ??= lookWithoutEnd();
      if (news.kind === "phase-done" && news.phase === "copying") isMoving = false;
    };
    await carryOver({ ...order, tell }).finally(() => {
      isMoving = false;
    });
    await looking;
    assert.ok(looks > TABLES, `${looks} looks`);
    await bringBack(order);
  });

  test("one that has its slot goes on, one that has none does not", async () => {
    const order = moveOrder(pair);
    const { forward } = runNames(order.id);
    await assert.rejects(carryOver({ ...order, copyLimitMs: 1 }), { code: "timeout" });
    await using look = await openLook(pair);
    await inMoved(pair, async (client) => {
      await untilFollows(client, "public.t7");
      await client.query(`alter subscription ${forward} disable`);
      const slot = await forgetFollowing(client, "public.t7");
      const make = "select pg_create_logical_replication_slot($1, 'pgoutput')";
      await inGlaze(pair, (source) => source.query(make, [slot]));
      assert.deepEqual(await look.stranded(), []);
      await inGlaze(pair, (source) => source.query("select pg_drop_replication_slot($1)", [slot]));
      assert.deepEqual(await look.stranded(), ["public.t7"]);
    });
    await bringBack(order);
  });
});

/** With the rights of the move. */
async function openLook(pair: LabPair) {
  const { id, source, target, database, connect } = moveOrder(pair);
  await using kept = new AsyncDisposableStack();
  const publisher = kept.use(await connect(adminEndpoint(source, database)));
  const subscriber = kept.use(await connect(adminEndpoint(target, database)));
  const moved = kept.move();
  return {
    stranded: () => strandedCopies(subscriber, publisher, runNames(id).forward),
    [Symbol.asyncDispose]: () => moved.disposeAsync(),
  };
}
