import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Client } from "pg";
import { createGlaze, inGlaze } from "../../../lab/postgres/application.ts";
import { type LabPair, startPair } from "../../../lab/postgres/pair.ts";
import { waitFor } from "../../../lab/waitFor.ts";
import { type Database, openDatabase } from "../database.ts";
import { runNames } from "../runNames.ts";
import { createSlot, dropSlot, transactionsInTheWay } from "./slot.ts";
import { isSubscribed, resumeSubscription, subscribe, unsubscribe } from "./subscription.ts";

describe("a transaction that is open when a slot is made", () => {
  let pair: LabPair;
  before(async () => {
    pair = await startPair({ from: 15, to: 17 });
    await createGlaze(pair);
    await inGlaze(pair, (client) => client.query("create publication pub_later"));
    const admin = await pair.target.superuser();
    await admin.query("create database glaze");
    await admin.query("alter database glaze owner to doadmin");
    await admin.end();
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

  const subscriptionOrder = () => ({
    name: "pub_later",
    dial: pair.source.dial,
    login: { ...pair.source.admin, database: "glaze" },
    copiesRows: false,
  });

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

  test("is named while a sender waits for it, as that of a table's first copy does", async () => {
    await using source = await openDatabase({ ...pair.source.admin, database: "glaze" });
    const names = { ...runNames("lab1"), role: "postgres" };
    assert.equal(await transactionsInTheWay(source, names), null);
    const sender = new Client({
      ...pair.source.server.superuser,
      database: "glaze",
      // Not in the types; the server then takes the commands of a walsender.
      ...{ replication: "database" },
    });
    await sender.connect();
    try {
      let created: Promise<unknown> | null = null;
      await beside(async () => {
        assert.equal(await transactionsInTheWay(source, names), null, "nobody waits yet");
        created = sender.query("CREATE_REPLICATION_SLOT waiting TEMPORARY LOGICAL pgoutput");
        const said = await waitFor("the wait", async () => {
          return (await transactionsInTheWay(source, names)) ?? undefined;
        });
        assert.match(said, /^pid \d+, role postgres, idle in transaction, for \d+ s$/);
      });
      await created;
    } finally {
      await sender.end();
    }
  });

  test("holds up a subscription no longer than that; the next attempt clears what it left", async () => {
    await using source = await openDatabase({ ...pair.source.admin, database: "glaze" });
    await using target = await openDatabase({ ...pair.target.admin, database: "glaze" });
    const order = subscriptionOrder();
    await beside(async (busy) => {
      await assert.rejects(subscribe(target, busy, { ...order, patienceMs: 300 }), says);
    });
    assert.equal(await isSubscribed(target, order.name), false);
    await subscribe(target, source, order);
    assert.equal(await isSubscribed(target, order.name), true);
    await unsubscribe(target, source, order.name);
  });

  test("a subscription that something else holds is waited for with a bound", async () => {
    await using source = await openDatabase({ ...pair.source.admin, database: "glaze" });
    await using target = await openDatabase({ ...pair.target.admin, database: "glaze" });
    await using holder = await openDatabase({ ...pair.target.admin, database: "glaze" });
    const { name } = subscriptionOrder();
    await subscribe(target, source, subscriptionOrder());
    await holder.script(`begin; alter subscription ${name} disable`);
    await assert.rejects(resumeSubscription(target, name, 300), {
      code: "timeout",
      message: /^A worker of the subscription pub_later on glaze at 127\.0\.0\.1:\d+ waits on a connection/,
    });
    await holder.script("commit");
    await resumeSubscription(target, name, 10_000);
    await unsubscribe(target, source, name);
  });
});
