import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import type { Client } from "pg";
import { createGlaze, inGlaze, inMoved, labApplication } from "../../../lab/postgres/application.ts";
import { keepLedger } from "../../../lab/postgres/keepLedger.ts";
import { leftovers } from "../../../lab/postgres/leftovers.ts";
import { moveOrder } from "../../../lab/postgres/move.ts";
import { type LabPair, startPair } from "../../../lab/postgres/pair.ts";
import { waitFor } from "../../../lab/waitFor.ts";
import { bringBack, carryOver } from "./move.ts";
import { type MoveNews, PHASES, type Phase } from "./news.ts";

const SCHEMA = "create table things (id int primary key); insert into things values (1)";

describe("a move of Postgres", () => {
  let pair: LabPair;
  before(async () => {
    pair = await startPair({ from: 15, to: 17 });
  });
  after(() => pair[Symbol.asyncDispose]());
  beforeEach(() => createGlaze(pair, SCHEMA));
  keepLedger(() => pair);

  test("waits for a transaction that was open before it, tells whose it is, and ends with its row", async () => {
    const texts: string[] = [];
    const order = moveOrder(pair, {
      application: labApplication(pair),
      tell: (news) => texts.push(textOf(news)),
    });
    let moving: Promise<void> | null = null;
    await inGlaze(pair, async (client) => {
      const pid = await openTransaction(client);
      moving = carryOver(order);
      await waitFor("the name", () => texts.some((text) => text.includes(`pid ${pid}, role`)) || undefined);
      await client.query("commit");
    });
    await moving;
    const { rows } = await inMoved(pair, (client) => client.query("select id from things order by id"));
    assert.deepEqual(rows, [{ id: 1 }, { id: 2 }]);
    await bringBack(order);
    await assertOldWorld(pair);
  });

  const early = PHASES.slice(PHASES.indexOf("prepare"), PHASES.indexOf("open"));
  for (const phase of early) {
    test(`given up in the phase ${phase}, before the switch, leaves the old world`, async () => {
      const order = moveOrder(pair, { tell: givingUpIn(phase) });
      await assert.rejects(carryOver(order), /given up/);
      await bringBack({ ...order, tell: () => undefined });
      await assertOldWorld(pair);
    });
  }
});

/** With a row that is not committed yet; the process it belongs to. */
async function openTransaction(client: Client): Promise<number> {
  const { rows } = await client.query<{ pid: number }>("select pg_backend_pid() as pid");
  await client.query("begin; insert into things values (2)");
  return rows[0]?.pid ?? 0;
}

function textOf(news: MoveNews): string {
  return news.kind === "progress" ? news.text : news.phase;
}

function givingUpIn(phase: Phase): (news: MoveNews) => void {
  return (news) => {
    if (news.kind === "phase" && news.phase === phase) throw new Error("given up");
  };
}

/** The source takes writes of the application, and neither server knows anything of a move. */
async function assertOldWorld(pair: LabPair): Promise<void> {
  const left = await inGlaze(pair, async (client) => {
    await client.query("set role glaze; insert into totals values (-1, 0); reset role");
    return leftovers(client);
  });
  assert.deepEqual(left, []);
  const admin = await pair.target.superuser();
  const { rows } = await admin.query("select from pg_database where datname = 'glaze'");
  assert.deepEqual([await leftovers(admin), rows.length], [[], 0]);
  await admin.end();
}
