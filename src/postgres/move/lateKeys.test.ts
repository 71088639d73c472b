import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createGlaze, inMoved } from "../../../lab/postgres/application.ts";
import { interposed } from "../../../lab/postgres/interposed.ts";
import { moveOrder } from "../../../lab/postgres/move.ts";
import { type LabPair, startPair } from "../../../lab/postgres/pair.ts";
import { changeUntilShutOut } from "../../../lab/postgres/shutOut.ts";
import type { TableCopy } from "../../model/progress.ts";
import { bringBack, carryOver } from "./move.ts";

/** Large enough that keys wait for rows; a name needs quotes, and is found in pg_dump's words all the same. The larger one comes in when the other is there. */
const SCHEMA = `
  create table "Big one" (id int primary key, kind int not null, note text);
  insert into "Big one" select g, g % 7, repeat(md5(g::text), 8) from generate_series(1, 260000) g;
  create index "on kind" on "Big one" (kind);
  create table bigger (id int primary key, note text);
  insert into bigger select g, repeat(md5(g::text), 8) from generate_series(1, 600000) g;
  create table small (id int primary key);
`;

describe("the key of a large table", () => {
  let pair: LabPair;
  before(async () => {
    pair = await startPair({ from: 15, to: 17 });
    await createGlaze(pair, SCHEMA);
  });
  after(() => pair[Symbol.asyncDispose]());

  test("is made after its rows, before what was changed meanwhile is applied; its indexes while a larger one comes in", async () => {
    const sent: string[] = [];
    const copied: TableCopy[] = [];
    const real = moveOrder(pair, {
      tell(news) {
        if (news.kind === "phase") sent.push(news.phase);
        if (news.kind === "progress") copied.push(...(news.tables ?? []));
      },
    });
    const order = interposed(real, (sql, ask) => {
      const what = /create subscription|ADD CONSTRAINT .+_pkey"?|CREATE INDEX "on kind"/.exec(sql)?.[0];
      if (what !== undefined) sent.push(what);
      return ask();
    });
    const changing = changeUntilShutOut(pair, async (client, count) => {
      const id = 1 + ((count * 7919) % 250_000);
      await client.query(`update "Big one" set kind = kind + 1 where id = ${id}`);
      await client.query(`delete from "Big one" where id = ${250_000 + (count % 9_000)}`);
    });
    await carryOver(order);
    assert.ok((await changing) > 0, "nothing was changed meanwhile");
    const at = (what: string) => sent.findIndex((each) => each.includes(what));
    assert.ok(at("small_pkey") < at("create subscription"));
    assert.ok(at('"Big one_pkey"') > at("create subscription"), sent.join("; "));
    assert.ok(at("on kind") > at('"Big one_pkey"'));
    assert.ok(at("on kind") < at("following"), sent.join("; "));
    const indexes = await inMoved(pair, (client) =>
      client.query(
        "select indisvalid, indisprimary from pg_index where indrelid = '\"Big one\"'::regclass order by 2",
      ),
    );
    assert.deepEqual(indexes.rows, [
      { indisvalid: true, indisprimary: false },
      { indisvalid: true, indisprimary: true },
    ]);
    const told = (state: TableCopy["state"]) =>
      copied.filter((each) => each.table === 'public."Big one"' && each.state === state);
    assert.ok(told("copying").some(({ rows, bytes }) => Number(rows) > 0 && Number(bytes) > 0));
    assert.ok(told("copied").length > 0);
    assert.ok(told("copied").every(({ bytes, ofBytes }) => bytes === ofBytes && ofBytes > 64e6));
    await bringBack(real);
  });
});
