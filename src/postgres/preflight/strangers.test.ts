import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createGlaze, inGlaze } from "../../../lab/postgres/application.ts";
import { moveOrder } from "../../../lab/postgres/move.ts";
import { type LabPair, type LabSide, startPair } from "../../../lab/postgres/pair.ts";
import { type LabServer, startServer } from "../../../lab/postgres/server.ts";
import { Secret } from "../../model/secret.ts";
import { type Database, openDatabase } from "../database.ts";
import { assertReady } from "../move/assertReady.ts";
import { runNames } from "../runNames.ts";
import { readSourceFacts } from "./sourceFacts.ts";
import { readTargetFacts } from "./targetFacts.ts";

describe("somebody else's replication", () => {
  let pair: LabPair;
  before(async () => {
    pair = await startPair({ from: 15, to: 17, targetSettings: { max_slot_wal_keep_size: "3GB" } });
    await createGlaze(pair);
  });
  after(() => pair[Symbol.asyncDispose]());

  test("what comes in and goes out by it is read; ours, a first copy's and other databases' are not", async () => {
    const admin = await pair.source.superuser();
    await admin.query("select pg_create_logical_replication_slot('elsewhere', 'pgoutput')");
    await admin.query(
      "create subscription other_db connection 'host=x' publication p with (connect = false)",
    );
    await inGlaze(pair, async (client) => {
      for (const each of [
        "debezium",
        "outgrow_ab12_forward",
        "outgrow_ab12_touched",
        "pg_16394_sync_16385_7456",
      ])
        await client.query("select pg_create_logical_replication_slot($1, 'pgoutput')", [each]);
      await client.query("create publication dbz for all tables; create publication outgrow_ab12_forward");
      for (const each of ["prices", "off", "outgrow_ab12_back"])
        await client.query(
          `create subscription ${each} connection 'host=127.0.0.1 port=1' publication p with (connect = false, slot_name = 'prices_in')`,
        );
      await client.query("alter subscription prices enable; alter subscription outgrow_ab12_back enable");
    });
    const order = moveOrder(pair);
    await using source = await order.connect({ ...order.source.admin, database: "glaze" });
    const { subscriptions, publications, slots } = await readSourceFacts(source);
    assert.deepEqual(
      { subscriptions, publications, slots },
      { subscriptions: [{ name: "prices", slot: "prices_in" }], publications: ["dbz"], slots: ["debezium"] },
    );
    await assert.rejects(assertReady(order), {
      problems: [
        {
          message:
            "the subscription prices of the source: rows come in by it, and after the switch they would go on into the closed source and never reach the target.",
          hint: `ALTER SUBSCRIPTION prices DISABLE; before the move, which does not carry it over; its publisher keeps what comes meanwhile in the slot prices_in. After it take it up on the target: CREATE SUBSCRIPTION … WITH (create_slot = false, slot_name = 'prices_in', copy_data = false). Where nobody needs it: DROP SUBSCRIPTION prices;`,
        },
      ],
    });
    await inGlaze(pair, (client) => client.query("ALTER SUBSCRIPTION prices DISABLE;"));
    await assertReady(order);
    await admin.end();
  });

  test("how much a slot may keep on the target, if it is said", async () => {
    const keepOf = async (side: LabSide) => {
      await using admin = await openDatabase(side.admin);
      return (await readTargetFacts(admin, { database: "glaze" }, runNames("lab1"))).slotKeepBytes;
    };
    assert.deepEqual([await keepOf(pair.target), await keepOf(pair.source)], [3 * 2 ** 30, null]);
  });
});

/** An extension with tables that a dump of it would carry: all of one, some rows of the other, and none of the third. */
const DIARY = {
  "diary.control": "default_version = '1.0'\nrelocatable = false\nschema = diary\n",
  "diary--1.0.sql": `
create table diary.job (id int primary key, command text);
create table "diary"."Kinds" (id int primary key, name text);
create table diary.log (line text);
create sequence diary.numbers;
insert into "diary"."Kinds" select g, 'own ' || g from generate_series(1, 20) g;
insert into diary.log values ('made');
select pg_catalog.pg_extension_config_dump('diary.job', '');
select pg_catalog.pg_extension_config_dump('"diary"."Kinds"', 'where id\n   >= 1000');
select pg_catalog.pg_extension_config_dump('diary.numbers', '');
`,
};

describe("rows in the tables of extensions", () => {
  let server: LabServer;
  before(async () => {
    server = await startServer({ major: 17, extensions: DIARY });
  });
  after(() => server[Symbol.asyncDispose]());

  test("the user's are told from the extension's own, and counted", async () => {
    await using database = await open(server, "postgres");
    assert.deepEqual((await readSourceFacts(database)).extensionRows, []);
    await database.script("create extension diary");
    assert.deepEqual((await readSourceFacts(database)).extensionRows, []);
    await database.script(`
      insert into diary.job values (1, 'vacuum'), (2, 'analyze');
      insert into diary."Kinds" values (1000, 'mine'); create role nobody_much login`);
    const told = [
      { extension: "diary", table: 'diary."Kinds"', condition: "where id >= 1000", rows: 1 },
      { extension: "diary", table: "diary.job", condition: "", rows: 2 },
    ];
    assert.deepEqual((await readSourceFacts(database)).extensionRows, told);
    await using poor = await open(server, "nobody_much");
    assert.deepEqual((await readSourceFacts(poor)).extensionRows, []);
  });
});

function open({ port }: LabServer, user: string): Promise<Database> {
  const tls = { mode: "off" } as const;
  return openDatabase({ host: "127.0.0.1", port, database: "postgres", user, password: new Secret(""), tls });
}
