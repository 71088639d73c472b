import assert from "node:assert/strict";
import { test } from "node:test";
import { clusterWorld } from "../../lab/crash/clusterWorld.ts";
import { crashSteps } from "../../lab/crash/steps.ts";
import { startCluster } from "../../lab/hosts/cluster.ts";
import { tempFolder } from "../../lab/temp.ts";
import type { Plan } from "../../src/model/plan.ts";
import { commandLineFor } from "../loop/commandLine.ts";

const most = Number(process.env.OUTGROW_CRASH_MOST ?? 1);

/** The hosts' own clock, and so a lock that is short for real. */
const clock = { speed: 2, lockMs: 800 };

test("the steps of the hosts, killed at their boundaries: on to the end of the step, or back to its start", async (t) => {
  await using lab = await startCluster();
  using folder = tempFolder("crash");
  const { stdout } = await commandLineFor(lab, folder.path).run("plan", "--json");
  const plan = JSON.parse(stdout) as Plan;
  assert.equal(plan.steps.length, 9);
  const steps = await crashSteps(
    clusterWorld(lab),
    plan,
    { most, clock, from: Number(process.env.OUTGROW_CRASH_FROM ?? 0) },
    (text) => t.diagnostic(text),
  );
  const sum = (count: (each: (typeof steps)[number]) => number) =>
    steps.reduce((all, each) => all + count(each), 0);
  t.diagnostic(`${sum((each) => each.crashes)} crashes at ${sum((each) => each.boundaries)} boundaries`);
});
