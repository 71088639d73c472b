import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createGlaze, inGlaze } from "../../../lab/postgres/application.ts";
import { type LabPair, startPair } from "../../../lab/postgres/pair.ts";
import { type Database, openDatabase } from "../database.ts";
import { createSlot, dropSlot } from "./slot.ts";
import { isSubscribed, subscribe, unsubscribe } from "./subscription.ts";

describe("a transaction that is open when a slot is made", () => {
  let pair: LabPair;
  before(async () => {
    pair = await startPair({ from: 15, to: 17 });
    await createGlaze(pair);
  });
  after(() => pair[Symbol.asyncDispose]());

  /** With a transaction open that has written. */
  async function beside(deed: (source: Database) => Promise<void>): Promise<void> {
    await using source = await openDatabase({ ...pair.source.admin, database: "glaze" });
    await inGlaze(pair, async (client) => {
      await client.query("set role glaze; begin; insert into totals values (0, 0)");
      await deed(source);
      await client.query("rollback");
    });
  }

  const says = {
    code: "timeout",
    message:
      /^A replication slot on glaze at 127\.0\.0\.1:\d+ waited 0\.3 s for transactions that were open before it\. Open now: pid \d+, role postgres, idle in transaction, for \d+ s\.$/,
  };

  test("is waited for with a bound and named; afterwards the slot can be had", async () => {
    await beside(async (source) => {
      await assert.rejects(createSlot(source, "later", 300), says);
    });
    await using source = await openDatabase({ ...pair.source.admin, database: "glaze" });
    await createSlot(source, "later", 10_000);
    await dropSlot(source, "later");
  });

  test("holds up a subscription no longer than that; the next attempt clears what it left", async () => {
    const admin = await pair.target.superuser();
    await admin.query("create database glaze");
    await admin.query("alter database glaze owner to doadmin");
    await admin.end();
    await using source = await openDatabase({ ...pair.source.admin, database: "glaze" });
    await using target = await openDatabase({ ...pair.target.admin, database: "glaze" });
    await source.script("create publication pub_later");
    const login = { ...pair.source.admin, database: "glaze" };
    const order = { name: "pub_later", dial: pair.source.dial, login, copiesRows: false };
    await beside(async (busy) => {
      await assert.rejects(subscribe(target, busy, { ...order, patienceMs: 300 }), says);
    });
    assert.equal(await isSubscribed(target, order.name), false);
    await subscribe(target, source, order);
    assert.equal(await isSubscribed(target, order.name), true);
    await unsubscribe(target, source, order.name);
  });
});
