import assert from "node:assert/strict";
import { test } from "node:test";
import { CLOCK, planOf } from "../../test/crash/surviveSteps.ts";
import { startCluster } from "../hosts/cluster.ts";
import { clusterWorld } from "./clusterWorld.ts";
import { crashMatrix } from "./matrix.ts";

/** What an undo might leave, and what takes it away again. */
const LEFT = [
  ["touch /etc/left", "rm /etc/left"],
  ["chmod 600 /etc/hostname", "chmod 644 /etc/hostname"],
  ["ln -s /etc/hostname /etc/systemd/system/left.service", "rm /etc/systemd/system/left.service"],
  ["nft add table inet left", "nft delete table inet left"],
  ["ip link add left type bridge", "ip link delete left"],
  ["mkdir -p /var/lib/rancher/k3s/agent", "rm -r /var/lib/rancher"],
  ["mkdir -p /var/lib/outgrow && touch /var/lib/outgrow/restart-k3s", "rm -r /var/lib/outgrow"],
] as const;

test("whatever is left on a host is seen, and a crash after which something is left fails the matrix", async () => {
  await using lab = await startCluster();
  const world = clusterWorld(lab);
  const plan = await planOf(lab);
  const clean = await world.look();
  for (const [leave, takeAway] of LEFT) {
    await lab.worker.run("sh", ["-c", leave]);
    assert.notDeepEqual(await world.look(), clean, leave);
    await lab.worker.run("sh", ["-c", takeAway]);
    assert.deepEqual(await world.look(), clean, takeAway);
  }
  let looks = 0;
  const spoiled = {
    ...world,
    look: async () => {
      if (++looks > STRAIGHT_LOOKS) await lab.prod.run("touch", ["/etc/left"]);
      return await world.look();
    },
  };
  const backup = { ...plan, steps: plan.steps.slice(0, 1) };
  await assert.rejects(
    crashMatrix(spoiled, backup, { most: 1, clock: CLOCK, leavesNoTrace: true }),
    /apply killed .*, then apply/,
  );
});

/** Before, after, and back again: what comes then is after a crash. */
const STRAIGHT_LOOKS = 3;
