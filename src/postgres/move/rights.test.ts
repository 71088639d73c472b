import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { createGlaze, inClosed, inGlaze, inMoved } from "../../../lab/postgres/application.ts";
import { whenIn } from "../../../lab/postgres/interposed.ts";
import { keepLedger } from "../../../lab/postgres/keepLedger.ts";
import { moveOrder } from "../../../lab/postgres/move.ts";
import { type LabPair, startPair } from "../../../lab/postgres/pair.ts";
import { bringBack, carryOver, observe } from "./move.ts";

const SCHEMA = "create table pots (id int primary key); create table kilns (id int primary key);";

describe("whose everything is, and who may do what", () => {
  let pair: LabPair;
  before(async () => {
    pair = await startPair({ from: 15, to: 17 });
    const admin = await pair.source.superuser();
    await admin.query("create role reader login password 'r'");
    await admin.end();
  });
  after(() => pair[Symbol.asyncDispose]());
  beforeEach(() => createGlaze(pair, `${SCHEMA} grant select on pots to reader`));
  keepLedger(() => pair);

  for (const { name, sql, says } of [
    {
      name: "a right that is lacking",
      sql: "revoke select on pots from reader",
      says: "right SELECT on table public.pots for reader is missing in the copy",
    },
    {
      name: "a right too many",
      sql: "grant update on kilns to public",
      says: "right UPDATE on table public.kilns for everybody is only in the copy",
    },
    {
      name: "another owner",
      sql: "alter table kilns owner to doadmin",
      says: 'owner of table public.kilns is "glaze", in the copy "the administrator"',
    },
  ]) {
    test(`${name} in the copy ends the move before the switch and is named`, async () => {
      const order = moveOrder(pair);
      const plant = async () => {
        await inMoved(pair, (client) => client.query(sql));
      };
      await assert.rejects(carryOver(whenIn("verify", order, plant)), {
        code: "verify",
        message: `The rights are not the same: ${says}.`,
      });
      assert.equal((await observe(order)).source, "open");
      await bringBack(order);
    });
  }

  test("the owner of the schema public, where the database is somebody else's, makes tables there after the switch too", async () => {
    const admin = await pair.source.superuser();
    await admin.query("alter database glaze owner to postgres");
    await admin.end();
    const order = moveOrder(pair);
    await carryOver(order);
    await inMoved(pair, (client) =>
      client.query("set role glaze; create table bowls (id int primary key); drop table bowls"),
    );
    await bringBack(order);
  });

  test("what somebody is given while rows come in is carried, and what is given after the switch is asked for", async () => {
    const order = moveOrder(pair);
    const grant = async () => {
      await inGlaze(pair, (client) => client.query("grant select on kilns to reader"));
    };
    await carryOver(whenIn("ready", order, grant));
    const isGiven = "select has_table_privilege('reader', 'public.kilns', 'select') as is";
    await inMoved(pair, async (client) => {
      assert.deepEqual((await client.query(isGiven)).rows, [{ is: true }]);
      await client.query("set role glaze; grant insert on kilns to reader");
    });
    await assert.rejects(bringBack(order), {
      code: "verify",
      message:
        "The rights are not the same: right INSERT on table public.kilns for reader is missing in the copy.",
      hint: /there SET ROLE to the owner and make the change, and run outgrow undo again\./,
    });
    assert.deepEqual(await observe(order), { source: "closed", target: "open" });
    await inClosed(pair, order.id, (client) =>
      client.query("set role glaze; grant insert on public.kilns to reader"),
    );
    await bringBack(order);
    assert.equal((await observe(order)).source, null);
  });
});
