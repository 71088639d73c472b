import assert from "node:assert/strict";
import { test } from "node:test";
import { clusterWorld } from "../../lab/crash/clusterWorld.ts";
import { crashMatrix } from "../../lab/crash/matrix.ts";
import { startCluster } from "../../lab/hosts/cluster.ts";
import { tempFolder } from "../../lab/temp.ts";
import type { Plan } from "../../src/model/plan.ts";
import { commandLineFor } from "../loop/commandLine.ts";

/** A move, a resumption and a way back on real hosts take a minute a crash; a lock of one second, by the hosts' own clock. */
const stride = Number(process.env.OUTGROW_CRASH_STRIDE ?? 12);
const first = Number(process.env.OUTGROW_CRASH_FIRST ?? 5);
const clock = { speed: 1, lockMs: 1_000 };

/** A straight move takes minutes where the machine has other things to do. */
const patienceMs = 600_000;

test("the whole move, killed on its way: on to two hosts, or back to one", {
  skip: process.env.OUTGROW_LONG === undefined,
}, async () => {
  await using lab = await startCluster();
  using folder = tempFolder("crash");
  const { stdout } = await commandLineFor(lab, folder.path).run("plan", "--json");
  const plan = JSON.parse(stdout) as Plan;
  assert.equal(plan.steps.length, 9);
  const { crashes, boundaries } = await crashMatrix(clusterWorld(lab), plan, {
    stride,
    first,
    clock,
    patienceMs,
  });
  assert.ok(boundaries > 60, `only ${boundaries} boundaries`);
  assert.ok(crashes > 0);
});
