import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { type ClusterLab, startCluster } from "../../lab/hosts/cluster.ts";
import type { LabHost } from "../../lab/hosts/host.ts";
import { tempFolder } from "../../lab/temp.ts";
import { waitFor } from "../../lab/waitFor.ts";
import { type CommandLine, commandLineFor } from "./commandLine.ts";

/** Everything the move may change on the hosts, line by line. */
async function look({ prod, worker }: ClusterLab): Promise<ReadonlySet<string>> {
  const texts = await Promise.all([prod, worker].map(lookAt));
  return new Set(texts.join("\n").split("\n"));
}

async function lookAt(host: LabHost): Promise<string> {
  const script =
    "nft --stateless list ruleset; find /etc -xdev -type f -exec sha256sum {} + | sort -k 2; systemctl is-active k3s k3s-agent";
  const { stdout } = await host.attempt("sh", ["-c", script]);
  return stdout.replaceAll(/^/gm, `${host.name} `);
}

async function stayed(lab: ClusterLab, before: ReadonlySet<string>, what: string): Promise<void> {
  const after = await look(lab);
  const differences = [
    ...[...after].filter((line) => !before.has(line)),
    ...[...before].filter((line) => !after.has(line)),
  ];
  assert.deepEqual(differences.slice(0, 20), [], what);
}

async function planId(outgrow: CommandLine): Promise<string> {
  return (JSON.parse((await outgrow.run("plan", "--json")).stdout) as { readonly id: string }).id;
}

function consentText(file: string): string {
  return [
    "Nothing was touched. It needs your word:",
    "  downtime: something that users reach does not answer for a while.",
    `  Run: outgrow apply ${file} --allow downtime`,
    "",
  ].join("\n");
}

function driftText(file: string): string {
  return [
    "The world is another one than the plan was made for:",
    "  firewall of glaze-prod",
    `  Make a new plan of it: outgrow plan --out ${file}`,
    `  Look at it, then: outgrow apply ${file}`,
    "",
  ].join("\n");
}

/** The table of Glaze's own firewall. */
async function tableOf(host: LabHost): Promise<string> {
  const name = /table inet (\S+)/.exec(await host.ruleset())?.[1];
  assert.ok(name !== undefined);
  return name;
}

test("two hosts: plan, apply, an empty plan; undo, the same plan; and there again", async () => {
  await using lab = await startCluster();
  using folder = tempFolder("loop");
  const outgrow = commandLineFor(lab, folder.path);
  const file = join(folder.path, "plan.json");
  await waitFor("the server's node", async () => {
    const { objects } = await lab.kube.snapshot();
    return objects.find(({ kind }) => kind === "Node");
  });
  const before = await look(lab);

  const planned = await outgrow.run("plan", "--out", file, "--exit-code");
  assert.equal(planned.code, 10, planned.stderr);
  assert.match(
    planned.stdout,
    /^One host to two · glaze · 9 steps · about 11 min · a pause of about 1 min · /,
  );

  const refused = await outgrow.run("apply", file);
  assert.deepEqual([refused.code, refused.stdout], [3, consentText(file)]);
  await stayed(lab, before, "asking for the word touches nothing");

  const rule = ["insert", "rule", "inet", await tableOf(lab.prod), "input", "udp", "dport", "8472", "accept"];
  await lab.prod.run("nft", rule);
  const drifted = await outgrow.run("apply", file, "--allow", "downtime");
  assert.deepEqual([drifted.code, drifted.stdout], [1, driftText(file)]);
  await lab.prod.run("systemctl", ["restart", "glaze-firewall"]);

  const applied = await outgrow.run("apply", file, "--allow", "downtime");
  assert.deepEqual([applied.code, applied.stdout], [0, "Done: 8 steps.\n"], applied.stderr);
  assert.equal((await outgrow.run("plan", "--exit-code")).code, 0, "the next plan is empty");
  for (const again of [["apply"], ["apply", file]]) {
    const { code, stdout } = await outgrow.run(...again);
    assert.deepEqual([code, stdout], [0, "glaze is as it is meant to be: nothing to do.\n"]);
  }

  const undone = await outgrow.run("undo", "--allow", "downtime");
  assert.deepEqual([undone.code, undone.stdout], [0, "Done: 8 steps.\n"], undone.stderr);
  await stayed(lab, before, "undo brings the hosts back byte for byte");
  assert.equal(await planId(outgrow), (JSON.parse(readFileSync(file, "utf8")) as { readonly id: string }).id);

  const there = await outgrow.run("apply", file, "--allow", "downtime");
  assert.equal(there.code, 0, `${there.stdout}${there.stderr}`);
});
