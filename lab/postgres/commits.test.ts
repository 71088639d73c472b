import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { finish } from "../../src/postgres/move/finish.ts";
import { bringBack, carryOver } from "../../src/postgres/move/move.ts";
import { createGlaze, inClosed, inGlaze, inMoved, labApplication } from "./application.ts";
import { commitFaults } from "./commits.ts";
import { whenIn } from "./interposed.ts";
import { MOVE_ID, moveOrder } from "./move.ts";
import { type LabPair, startPair } from "./pair.ts";
import { type Ledger, startWriters } from "./writers.ts";

let pair: LabPair;
before(async () => {
  pair = await startPair();
});
after(() => pair[Symbol.asyncDispose]());
beforeEach(() => createGlaze(pair));

/** Past every trigger and key, and replicated to nobody. */
const PLANTING = "set session_replication_role = replica;";
const STRAY = `${PLANTING} insert into public.entries values (77, 1, 'stray')`;
const LOST = `${PLANTING} delete from public.entries where writer = 0 and number = 3`;
const DOUBLED = `${PLANTING} alter table public.entries drop constraint entries_pkey; insert into public.entries select * from public.entries where writer = 0 and number = 4`;
const UNTIDY = ["0/3 is there 0 times", "0/4 is there 2 times", "77/1 was never acknowledged"];

test("where the target serves: a row on the old server only, a lost one, a doubled one and one that nobody wrote", async () => {
  const order = moveOrder(pair, { application: labApplication(pair) });
  const ledger = await written();
  await carryOver(order);
  assert.deepEqual(await commitFaults(pair, "target", ledger), []);
  await inClosed(pair, MOVE_ID, (client) => client.query(STRAY));
  assert.deepEqual(await commitFaults(pair, "target", ledger), [
    "77/1 is on the side only that does not serve",
  ]);
  await finish(order);
  assert.deepEqual(await commitFaults(pair, "target", ledger), [
    "77/1 is on the side only that does not serve",
  ]);
  await assert.rejects(pair.source.superuser("glaze"), /not currently accepting connections/);
  for (const plant of [LOST, DOUBLED, STRAY]) await inMoved(pair, (client) => client.query(plant));
  const found = await commitFaults(pair, "target", ledger);
  // The lost one is on the other side still; two faults in one writer's rows make its count right again.
  assert.deepEqual([...found].sort(), [...UNTIDY, "0/3 is on the side only that does not serve"].sort());
  await inMoved(pair, (client) => client.query(LOST.replace("3", "5")));
  assert.ok((await commitFaults(pair, "target", ledger)).includes("a commit of writer 0 is there in part"));
  await drop("source");
  await drop("target");
});

test("where the source serves: the same, against a copy that was begun and against none", async () => {
  const order = moveOrder(pair, { application: labApplication(pair) });
  const ledger = await written();
  const plant = () => inMoved(pair, (client) => client.query(STRAY)).then(() => undefined);
  await assert.rejects(carryOver(whenIn("ready", order, plant)), { code: "verify" });
  assert.deepEqual(await commitFaults(pair, "source", ledger), [
    "77/1 is on the side only that does not serve",
  ]);
  await bringBack(order);
  assert.deepEqual(await commitFaults(pair, "source", ledger), []);
  for (const plant of [LOST, DOUBLED, STRAY]) await inGlaze(pair, (client) => client.query(plant));
  assert.deepEqual(await commitFaults(pair, "source", ledger), UNTIDY);
});

test("a commit whose answer never came may be there or not, and not twice", async () => {
  const { acknowledged } = await written();
  const told = { acknowledged: new Set<string>(), uncertain: new Set([...acknowledged, "0/100000"]) };
  assert.deepEqual(await commitFaults(pair, "source", told), []);
  await inGlaze(pair, (client) => client.query(DOUBLED));
  assert.deepEqual(await commitFaults(pair, "source", told), [
    "0/4 is there 2 times",
    "a commit of writer 0 is there in part",
  ]);
});

async function written(): Promise<Ledger> {
  await using writers = startWriters({ endpoint: labApplication(pair).endpoint, clients: 1 });
  await writers.more(10, "on the source");
  return writers.stop();
}

async function drop(side: "source" | "target"): Promise<void> {
  const admin = await pair[side].superuser();
  await admin.query("drop database glaze with (force)");
  if (side === "target") await admin.query("drop role if exists glaze");
  await admin.end();
}
