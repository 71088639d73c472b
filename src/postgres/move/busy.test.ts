import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Client } from "pg";
import { createGlaze, inGlaze, labApplication } from "../../../lab/postgres/application.ts";
import { type Changes, changedSchema, startChangers } from "../../../lab/postgres/changers.ts";
import { commitFaults } from "../../../lab/postgres/commits.ts";
import { moveOrder } from "../../../lab/postgres/move.ts";
import { type LabPair, startPair } from "../../../lab/postgres/pair.ts";
import { startWriters } from "../../../lab/postgres/writers.ts";
import { MINUTE } from "../../model/time.ts";
import { bringBack, carryOver } from "./move.ts";

/** The long proof is of a table of a gigabyte, which is compared for half a minute. */
const ROWS = process.env.OUTGROW_LONG === undefined ? 200_000 : 4_000_000;

describe("a table that is changed everywhere at once", () => {
  let pair: LabPair;
  before(async () => {
    pair = await startPair({ from: 15, to: 17 });
    await createGlaze(pair, changedSchema(ROWS));
  });
  after(() => pair[Symbol.asyncDispose]());

  test("goes over and comes home, and each change is there once", async () => {
    const application = labApplication(pair);
    const order = moveOrder(pair, { application, copyLimitMs: 10 * MINUTE });
    await using writers = startWriters({ endpoint: application.endpoint, clients: 2 });
    await using changers = startChangers({ endpoint: application.endpoint, rows: ROWS });
    await carryOver(order);
    await writers.more(10, "on the target");
    await bringBack(order);
    await writers.more(10, "at home");
    const changes = await changers.stop();
    const ledger = await writers.stop();
    assert.deepEqual(await commitFaults(pair, "source", ledger), []);
    await inGlaze(pair, (client) => assertChanged(client, changes));
  });
});

async function assertChanged(client: Client, { acknowledged, uncertain }: Changes): Promise<void> {
  const { rows } = await client.query<{ times: number }>("select sum(times)::float8 as times from changed");
  const times = rows[0]?.times ?? 0;
  const words = `${times} changes, ${acknowledged} acknowledged, ${uncertain} uncertain`;
  assert.ok(times >= acknowledged && times <= acknowledged + uncertain, words);
  assert.ok(acknowledged > 0, words);
}
