import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { createGlaze, inGlaze, inMoved } from "../../../lab/postgres/application.ts";
import { keepLedger } from "../../../lab/postgres/keepLedger.ts";
import { moveOrder } from "../../../lab/postgres/move.ts";
import { type LabPair, startPair } from "../../../lab/postgres/pair.ts";
import type { OutgrowError } from "../../model/error.ts";
import { bringBack, carryOver } from "./move.ts";

/**
 * A small plan promises room for some thousands of locks, this one for 390, and has it for 1,600 to 2,000 if memory is left: so
 * fewer tables show what happens. Each of them takes eight when it is made.
 */
const TARGET = { max_locks_per_transaction: "10", max_wal_senders: "6", max_worker_processes: "8" };

describe("many tables go to a server with room for few locks", () => {
  let pair: LabPair;
  before(async () => {
    pair = await startPair({ from: 15, to: 17, targetSettings: TARGET });
  });
  after(() => pair[Symbol.asyncDispose]());
  beforeEach(() => createGlaze(pair));
  keepLedger(() => pair);

  /** Each with a sequence, and a table and an index of its own for long texts. */
  async function createTables(count: number): Promise<void> {
    await inGlaze(pair, async (client) => {
      for (let table = 0; table < count; table++)
        await client.query(
          `set role glaze; create table t${table} (id serial primary key, note text); insert into t${table} (note) values ('${table}')`,
        );
    });
  }

  test("there and back, where there is room to lock each of them once", async () => {
    await createTables(280);
    const order = moveOrder(pair);
    await carryOver(order);
    const { rows } = await inMoved(pair, (client) => client.query("select note from public.t279"));
    assert.deepEqual(rows, [{ note: "279" }]);
    await bringBack(order);
  });

  test("where there is none, it is said before anything is touched", async () => {
    await createTables(300);
    const error = await carryOver(moveOrder(pair)).catch((thrown: OutgrowError) => thrown);
    assert.equal(error?.code, "blocked");
    assert.deepEqual(
      error.problems.map(({ message }) => message),
      ["the target: one transaction has to lock 302 tables, and there is room for about 390 locks."],
    );
  });
});
