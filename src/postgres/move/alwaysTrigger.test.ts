import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import type { Client } from "pg";
import { createGlaze, inGlaze, inMoved } from "../../../lab/postgres/application.ts";
import { whenIn } from "../../../lab/postgres/interposed.ts";
import { leftovers } from "../../../lab/postgres/leftovers.ts";
import { type LabPair, startPair } from "../../../lab/postgres/pair.ts";
import { chosenFor, plannedOrder } from "../../../lab/postgres/planned.ts";
import { finish } from "./finish.ts";
import { bringBack, carryOver } from "./move.ts";

/** Each writes down when it fires: a row of its own would be one too many on the other side. */
const SCHEMA = `
  create table pots (id int primary key, glaze text);
  create table fired (id serial primary key, which text, pot int);
  create function note() returns trigger language plpgsql as
    'begin insert into public.fired (which, pot) values (tg_name, new.id); return new; end';
  create trigger always after insert or update on pots for each row execute function note();
  create trigger replica after insert or update on pots for each row execute function note();
  create trigger never after insert or update on pots for each row execute function note();
  create trigger usual after insert or update on pots for each row execute function note();
  alter table pots enable always trigger always;
  alter table pots enable replica trigger replica;
  alter table pots disable trigger never;
  insert into pots select g, 'glaze ' || g from generate_series(1, 500) g;
`;

describe("triggers that fire whoever writes", () => {
  let pair: LabPair;
  before(async () => {
    pair = await startPair({ from: 15, to: 17 });
  });
  after(() => pair[Symbol.asyncDispose]());
  beforeEach(() => createGlaze(pair, SCHEMA));

  test("are copied while nobody can write, for the rows of a stream would fire them", async () => {
    const { driver, canReturn, why } = await chosenFor(pair);
    assert.deepEqual({ driver, canReturn }, { driver: "offline", canReturn: false });
    assert.match(why, /: the triggers public\.pots\.always, public\.pots\.replica: ENABLE ALWAYS or REPLICA/);
  });

  test("are at home as they were when the move is given up before the switch", async () => {
    const order = await plannedOrder(pair);
    const before = await inGlaze(pair, firings);
    const failing = whenIn("verify", order, () => Promise.reject(new Error("given up")));
    await assert.rejects(carryOver(failing), /given up/);
    await bringBack(order);
    assert.deepEqual(await inGlaze(pair, firings), before);
  });

  test("did not fire for the rows that were copied, and fire afterwards when they did before", async () => {
    const order = await plannedOrder(pair);
    const before = await inGlaze(pair, firings);
    assert.deepEqual(before.fired, [
      ["always", 500],
      ["usual", 500],
    ]);
    await carryOver(order);
    assert.deepEqual(await inMoved(pair, firings), before);
    await inMoved(pair, (client) =>
      client.query("set role glaze; update public.pots set glaze = 'ash' where id = 7"),
    );
    assert.deepEqual((await inMoved(pair, firings)).fired, [
      ["always", 501],
      ["usual", 501],
    ]);
    await inMoved(pair, (client) =>
      client.query(
        "set session_replication_role = replica; update public.pots set glaze = 'ash' where id = 8",
      ),
    );
    assert.deepEqual((await inMoved(pair, firings)).fired, [
      ["always", 502],
      ["replica", 1],
      ["usual", 501],
    ]);
    await finish(order);
    assert.deepEqual(await inMoved(pair, leftovers), []);
  });
});

/** How often each has fired, and how it stands: `A`lways, for a `R`eplica's rows, the `O`wn ones, or `D`isabled. */
async function firings(client: Client) {
  const { rows: fired } = await client.query({
    text: "select which, count(*)::int from public.fired group by 1 order by 1",
    rowMode: "array",
  });
  const { rows: enabled } = await client.query({
    text: "select tgname, tgenabled from pg_trigger where tgrelid = 'public.pots'::regclass order by 1",
    rowMode: "array",
  });
  return { fired, enabled };
}
