import assert from "node:assert/strict";
import { test } from "node:test";
import { clusterWorld } from "../../lab/crash/clusterWorld.ts";
import { crashMidCommand } from "../../lab/crash/midCommand.ts";
import { walkSteps } from "../../lab/crash/steps.ts";
import { startCluster } from "../../lab/hosts/cluster.ts";
import type { StepKind } from "../../src/model/step.ts";
import { CLOCK, planOf } from "./surviveSteps.ts";

/** Counted from 1, so that a long proof may go on where another one stopped. */
const FIRST = Number(process.env.OUTGROW_CRASH_FIRST ?? 1);

/** The first step of which rules, files and a unit go to a host that has none of them; all of them in the long proofs. */
const SOME = { extent: { from: 3, to: 4 }, most: 1, shares: [0.5] };
const ALL = { extent: { from: FIRST - 1 }, shares: [0.34, 0.67] };
/** Of the plan walked here: they change the cluster, or nothing. */
const HOSTLESS: readonly StepKind[] = ["network-verify", "node-open"];
const OPTIONS = { clock: CLOCK, patienceMs: 240_000 };

test("a run that is parted from what a host is just doing for it: on to its end, or back to its start", async (t) => {
  await using lab = await startCluster();
  const plan = await planOf(lab);
  const world = clusterWorld(lab);
  const { extent, ...chosen } = process.env.OUTGROW_LONG === undefined ? SOME : ALL;
  const crashes = await walkSteps(
    world,
    plan,
    { ...OPTIONS, ...extent },
    async ({ id, kind, alone, spread }) => {
      const began = Date.now();
      const options = { ...OPTIONS, ...spread, ...chosen };
      const count = await crashMidCommand(world, [lab.prod, lab.worker], alone, options);
      t.diagnostic(`${id}: ${count} crashes in ${Math.round((Date.now() - began) / 1000)} s`);
      if (HOSTLESS.includes(kind)) assert.equal(count, 0, id);
      else assert.ok(count >= 2, id);
      return count;
    },
  );
  assert.ok(crashes.length > 0);
});
