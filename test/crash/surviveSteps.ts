import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { clusterWorld } from "../../lab/crash/clusterWorld.ts";
import { crashSteps } from "../../lab/crash/steps.ts";
import { type ClusterLab, startCluster } from "../../lab/hosts/cluster.ts";
import { tempFolder } from "../../lab/temp.ts";
import type { Plan } from "../../src/model/plan.ts";
import { commandLineFor } from "../loop/commandLine.ts";

/** The hosts' own clock hardly runs faster, and so the lock of the dead is one that is short for real. */
export const CLOCK = { speed: 2, lockMs: 800 };

/** Of each step, there and back; every boundary in the long proofs. */
const SOME = { most: 2 };
const PATIENCE_MS = 240_000;

/** The nine steps that `outgrow plan` makes for the laboratory's two hosts. */
export async function planOf(lab: ClusterLab): Promise<Plan> {
  using folder = tempFolder("crash");
  const { code, stdout, stderr } = await commandLineFor(lab, folder.path).run("plan", "--json");
  assert.equal(code, 0, stderr);
  const plan = JSON.parse(stdout) as Plan;
  assert.equal(plan.steps.length, 9);
  return plan;
}

/** Kills inside each of these steps, and wants each of them killed often enough. */
export async function surviveSteps(
  t: TestContext,
  range: { readonly from: number; readonly to: number },
): Promise<void> {
  await using lab = await startCluster();
  const plan = await planOf(lab);
  const extent = process.env.OUTGROW_LONG === undefined ? SOME : {};
  const steps = await crashSteps(
    clusterWorld(lab),
    plan,
    { ...extent, ...range, clock: CLOCK, patienceMs: PATIENCE_MS },
    (text) => t.diagnostic(text),
  );
  const crashes = steps.reduce((sum, each) => sum + each.crashes, 0);
  const boundaries = steps.reduce((sum, each) => sum + each.boundaries, 0);
  t.diagnostic(`${crashes} crashes survived, at ${boundaries} boundaries`);
  assert.equal(steps.length, range.to - range.from);
  for (const { kind, kills } of steps) assert.ok(kills >= 2 * SOME.most, `${kind}: only ${kills} kills`);
  // Beside the 132 of the steps that touch the API alone it takes 70 to be 200.
  assert.ok(crashes >= 8 * steps.length, `only ${crashes} crashes`);
}
