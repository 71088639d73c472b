import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { after as afterAll, before as beforeAll, test } from "node:test";
import { type ClusterLab, type ClusterSnapshot, startCluster } from "../../lab/hosts/cluster.ts";
import { tempFolder } from "../../lab/temp.ts";
import { waitFor } from "../../lab/waitFor.ts";
import { commandLineFor } from "./commandLine.ts";
import { lookAtHosts } from "./lookAtHosts.ts";

let lab: ClusterLab;
let start: readonly string[];
/** A laptop was at work, and is gone with all that was on it. */
let lost: ClusterSnapshot;

beforeAll(async () => {
  lab = await startCluster();
  using laptop = tempFolder("laptop");
  const outgrow = commandLineFor(lab, laptop.path);
  const plan = join(laptop.path, "plan.json");
  await waitFor("a plan", async () =>
    (await outgrow.run("plan", "--out", plan)).code === 0 ? true : undefined,
  );
  start = await lookAtHosts(lab);
  await using applying = outgrow.start("apply", plan, "--allow", "downtime");
  await applying.says(/node-join\/glaze-worker-1: k3s from glaze-prod/);
  applying.child.kill("SIGKILL");
  await applying.ended();
  lost = await lab.snapshot();
});
afterAll(() => lab[Symbol.asyncDispose]());

test("another laptop goes on where the lost one fell: it takes the backup anew before anything else", async () => {
  using folder = tempFolder("laptop");
  const outgrow = commandLineFor(lab, folder.path);
  const { code, stdout, stderr } = await outgrow.run("apply");
  assert.deepEqual([code, stdout], [0, "Done: 3 steps.\n"], stderr);
  const [backup = ""] = readdirSync(folder.path).filter((name) => name.startsWith("backup-"));
  assert.ok(existsSync(join(folder.path, backup, "manifest.json")));
  const told = stderr.split("\n").map((line) => line.slice("07:59:53  ".length));
  const again = told.findIndex((line) =>
    /^backup is done again before anything else: the one that was made is not on this computer, or no longer whole: \/.*\/backup-[0-9a-f]{12}\.$/.test(
      line,
    ),
  );
  assert.ok(again >= 0, stderr);
  const begun = told.slice(again).filter((line) => line.endsWith(" begins"));
  assert.deepEqual(begun, [
    "backup begins",
    "node-join/glaze-worker-1 begins",
    "node-open/glaze-worker-1 begins",
  ]);
  const planned = await outgrow.run("plan", "--exit-code");
  assert.equal(planned.code, 0, planned.stdout);
});

test("another laptop goes back to the start, with nothing but the configuration and the cluster", async () => {
  using folder = tempFolder("laptop");
  await lab.restore(lost);
  const outgrow = commandLineFor(lab, folder.path);
  const { code, stdout, stderr } = await outgrow.run("undo", "--allow", "downtime");
  assert.deepEqual([code, stdout], [0, "Done: 7 steps.\n"], stderr);
  assert.deepEqual(await lookAtHosts(lab), start);
});

test("a laptop that sleeps in the middle of a step while another one goes back: it wakes up, sees it, and changes nothing more", async () => {
  using folder = tempFolder("laptop");
  using otherFolder = tempFolder("laptop");
  await lab.restore(lost);
  await using sleeper = commandLineFor(lab, folder.path).start("apply");
  // Where in the step the lost one fell, and this one begins, is a matter of the moment too.
  await sleeper.says(/node-join\/glaze-worker-1: /);
  sleeper.child.kill("SIGSTOP");
  const undone = await commandLineFor(lab, otherFolder.path).run("undo", "--allow", "downtime");
  assert.equal(undone.code, 0, undone.stdout + undone.stderr);
  sleeper.child.kill("SIGCONT");
  const { code, stdout, stderr } = await sleeper.ended();
  assert.equal(code, 4, stderr);
  // Whether it learns it from its connection or from its lock is a matter of the moment.
  assert.match(stdout, /^Stopped at node-join\/glaze-worker-1: /);
  assert.deepEqual(await lookAtHosts(lab), start);
});
