import assert from "node:assert/strict";
import { test } from "node:test";
import { startCluster } from "./cluster.ts";
import { LAB_FIREWALLS } from "./firewalls.ts";
import { startAgent, untilJoined } from "./joinByHand.ts";
import { privateAddressFiles } from "./k3sFiles.ts";
import { packetMatrix } from "./packetMatrix.ts";

for (const [name, { files, units, chain }] of Object.entries(LAB_FIREWALLS)) {
  test(`${name}: loaded at boot, drops the overlay, and lets it pass with the accepts in its chain`, async () => {
    await using lab = await startCluster({
      prodFiles: { ...files, ...privateAddressFiles },
      prodUnits: units,
    });
    const { family, table, name: input } = chain;
    const accept = (rule: string) =>
      lab.prod.run("nft", [`insert rule ${family} ${table} ${input} ip saddr 10.116.0.3 ${rule} accept`]);
    await accept("tcp dport { 6443, 10250 }");
    await startAgent(lab);
    await untilJoined(lab);
    const overlay = async () =>
      (await packetMatrix(lab))
        .filter(
          ({ from, what }) =>
            from.startsWith("pod") || (from.startsWith("glaze-w") && what.startsWith("8472")),
        )
        .map(({ fate }) => fate);
    assert.deepEqual(new Set(await overlay()), new Set(["dropped"]));
    await accept("udp dport 8472");
    assert.deepEqual(new Set(await overlay()), new Set(["passes"]));
  });
}

test("a snapshot of a cluster brings back both hosts and the objects", async () => {
  await using lab = await startCluster({ prodFiles: privateAddressFiles });
  await lab.prod.run("nft", ["insert rule inet glaze input ip saddr 10.116.0.3 tcp dport 6443 accept"]);
  const before = await lab.snapshot();
  await startAgent(lab);
  await untilJoined(lab);
  await lab.restore(before);
  const { stdout } = await lab.worker.attempt("sh", [
    "-c",
    "ls /usr/local/bin/k3s /etc/rancher; ip -br link",
  ]);
  assert.ok(!/k3s|rancher|flannel|cni0/.test(stdout), stdout);
  assert.equal(await lab.prod.run("systemctl", ["is-active", "k3s"]), "active\n");
  assert.ok(!(await lab.prod.run("ip", ["route"])).includes("10.42.1.0/24"));
  await startAgent(lab);
  await untilJoined(lab);
});
