import assert from "node:assert/strict";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { after as afterAll, before as beforeAll, test } from "node:test";
import { type ClusterLab, type ClusterSnapshot, startCluster } from "../../lab/hosts/cluster.ts";
import { tempFolder } from "../../lab/temp.ts";
import { waitFor } from "../../lab/waitFor.ts";
import type { KubeApi } from "../../src/kube/api.ts";
import { ask, MERGE_PATCH } from "../../src/kube/ask.ts";
import { connectKube } from "../../src/kube/connect.ts";
import { BAD_JOINS, closedInCloud } from "./badJoins.ts";
import { type CommandLine, commandLineFor } from "./commandLine.ts";
import { lookAtHosts } from "./lookAtHosts.ts";

let lab: ClusterLab;
/** Past the hosts' network, which the tests spoil. */
let kube: KubeApi;
/** Where the run was stopped: its journal and its backup. */
let laptop: ReturnType<typeof tempFolder>;
let start: readonly string[];
/** All is done up to the join, by a run that was stopped there. */
let beforeJoin: ClusterSnapshot;

beforeAll(async () => {
  laptop = tempFolder("joins");
  lab = await startCluster();
  const limits = { timeoutMs: 10_000, limitBytes: 16 * 1024 * 1024 };
  kube = connectKube({ file: lab.kube.kubeconfig, context: null, home: "/", ...limits });
});
afterAll(async () => {
  laptop[Symbol.dispose]();
  await kube[Symbol.asyncDispose]();
  await lab[Symbol.asyncDispose]();
});

/** Before the join, on the laptop that was stopped there. */
async function goOn(folder: string): Promise<CommandLine> {
  await lab.restore(beforeJoin);
  cpSync(laptop.path, folder, { recursive: true });
  const outgrow = commandLineFor(lab, folder);
  await waitFor("the hosts", async () => ((await outgrow.run("plan")).code === 0 ? true : undefined), 90_000);
  return outgrow;
}

test("Ctrl-C lets the step come to its end, says how to go on, and ends with 4", async () => {
  const outgrow = commandLineFor(lab, laptop.path);
  const file = join(laptop.path, "plan.json");
  await waitFor("the server's node", () => kube.request({ method: "GET", path: "/api/v1/nodes/glaze-prod" }));
  start = await lookAtHosts(lab);
  const planned = await outgrow.run("plan", "--out", file);
  assert.equal(planned.code, 0, planned.stderr);
  await using applying = outgrow.start("apply", file, "--allow", "downtime");
  await applying.says(/firewall-open\/glaze-worker-1 begins/);
  applying.child.kill("SIGINT");
  const { code, stdout, stderr } = await applying.ended();
  assert.deepEqual(
    [code, stdout.split("\n")],
    [
      4,
      [
        "Stopped at a safe point, 6 steps done.",
        `  Go on: outgrow apply ${file} --allow downtime`,
        "  Or go back: outgrow undo",
        "",
      ],
    ],
    stderr,
  );
  assert.match(stderr, /firewall-open\/glaze-worker-1 done/);
  beforeJoin = await lab.snapshot();
});

for (const { name, when, plant, why, fix } of BAD_JOINS) {
  test(`${name}: its own error, and once it is right the same apply goes on`, async () => {
    using folder = tempFolder("joins");
    const outgrow = await goOn(folder.path);
    await using applying = when === "before" ? null : outgrow.start("apply");
    await applying?.says(/node-join\/glaze-worker-1 begins/);
    const heal = await plant({ lab, kube });
    const failed = await (applying?.ended() ?? outgrow.run("apply"));
    assert.deepEqual(
      [failed.code, failed.stdout.split("\n")],
      [
        4,
        [
          `Stopped at node-join/glaze-worker-1: ${why}`,
          `  fix: ${fix}`,
          "  Then go on: outgrow apply",
          "  Or go back: outgrow undo",
          "",
        ],
      ],
      failed.stderr,
    );
    await heal();
    const { code, stdout, stderr } = await outgrow.run("apply");
    assert.deepEqual([code, stdout], [0, "Done: 2 steps.\n"], stderr);
  });
}

test("k3s on the first host is down while the other is to join: what does not answer is named, and the same apply goes on", async () => {
  using folder = tempFolder("joins");
  const outgrow = await goOn(folder.path);
  await using applying = outgrow.start("apply");
  await applying.says(/node-join\/glaze-worker-1: k3s from glaze-prod/);
  await lab.prod.run("systemctl", ["stop", "k3s"]);
  const { code, stdout, stderr } = await applying.ended();
  const [why = "", ...rest] = stdout.split("\n");
  assert.equal(code, 4, stderr);
  assert.match(
    why,
    /^Stopped at node-join\/glaze-worker-1: k3s on glaze-prod makes no token to join with: .*ECONNREFUSED 127\.0\.0\.1:6443"$/,
  );
  assert.deepEqual(rest, [
    "  fix: It must run there: systemctl status k3s on glaze-prod, then outgrow apply again.",
    "  Then go on: outgrow apply",
    "  Or go back: outgrow undo",
    "",
  ]);
  await lab.prod.run("systemctl", ["start", "k3s"]);
  const again = await outgrow.run("apply");
  assert.deepEqual([again.code, again.stdout], [0, "Done: 2 steps.\n"], again.stderr);
});

test("Ctrl-C while the lock is another run's: 4 as well, and nothing was touched; the last line of --json says so", async () => {
  using folder = tempFolder("joins");
  const outgrow = await goOn(folder.path);
  const path = "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/outgrow";
  const spec = { holderIdentity: "anna@laptop, run 3f9c", renewTime: new Date().toISOString() };
  await ask(kube, { method: "PATCH", path, contentType: MERGE_PATCH, body: { spec } });
  await using applying = outgrow.start("apply", "--json");
  await applying.says(/"waiting","for":"anna@laptop, run 3f9c to show a sign of life/);
  applying.child.kill("SIGINT");
  const { code, stdout } = await applying.ended();
  const lines = stdout.trimEnd().split("\n");
  assert.deepEqual(
    [code, JSON.parse(lines.at(-1) ?? "")],
    [4, { outcome: { kind: "stopped" }, exitCode: 4, steps: [] }],
  );
});

test("the key Ctrl-C in a terminal, while an agent is waited for: it stops there, and the next apply goes on", async () => {
  using folder = tempFolder("joins");
  const outgrow = await goOn(folder.path);
  const heal = await closedInCloud(lab);
  await using applying = outgrow.startInTerminal("apply");
  await applying.says(/node-join\/glaze-worker-1 +glaze-worker-1 /);
  applying.child.stdin?.write("\u0003");
  const { code, stdout } = await applying.ended();
  assert.equal(code, 4, stdout);
  assert.ok(stdout.includes("outgrow: stops at the next safe point"), stdout);
  const last = stdout.replaceAll("\r", "").split("\n").slice(-4);
  assert.deepEqual(last, [
    "Stopped at a safe point, 0 steps done.",
    "  Go on: outgrow apply",
    "  Or go back: outgrow undo",
    "",
  ]);
  await heal();
  const again = await outgrow.run("apply");
  assert.deepEqual([again.code, again.stdout], [0, "Done: 2 steps.\n"], again.stderr);
});

test("what somebody has changed by hand between two steps is found, shown, planned anew, and applied; undo knows all of it", async () => {
  using folder = tempFolder("joins");
  const outgrow = await goOn(folder.path);
  await lab.prod.run("sh", ["-c", TAKE_OUT_OUR_RULES]);
  const dropIn = "/etc/rancher/k3s/config.yaml.d/96-names.yaml";
  await lab.prod.run("sh", ["-c", `echo 'resolv-conf: /etc/resolv.conf' >${dropIn}`]);
  const drifted = await outgrow.run("apply");
  assert.deepEqual(
    [drifted.code, drifted.stdout.split("\n")],
    [
      4,
      [
        "The world is another one than the plan was made for, and the plan was left where it stands:",
        "  firewall-open/glaze-prod was done and is no longer so",
        "  node-join/glaze-worker-1 would be planned otherwise now",
        "  Make a new plan of it: outgrow plan --out plan.json",
        "  Look at it, then: outgrow apply plan.json",
        "",
      ],
    ],
    drifted.stderr,
  );
  const file = join(folder.path, "plan.json");
  assert.equal((await outgrow.run("plan", "--out", file)).code, 0);
  const applied = await outgrow.run("apply", file);
  assert.deepEqual([applied.code, applied.stdout], [0, "Done: 4 steps.\n"], applied.stderr);
  await lab.prod.run("rm", [dropIn]);
  const undone = await outgrow.run("undo", "--allow", "downtime");
  assert.equal(undone.code, 0, undone.stdout + undone.stderr);
  assert.deepEqual(await lookAtHosts(lab), start);
});

const TAKE_OUT_OUR_RULES = `for chain in "inet glaze input"; do
  nft -a list chain $chain | sed -n "s/.* comment \\"outgrow .*# handle \\\\([0-9]*\\\\)$/delete rule $chain handle \\\\1/p" | nft -f -
done`;
