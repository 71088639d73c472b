import assert from "node:assert/strict";
import { test } from "node:test";
import { waitFor } from "../waitFor.ts";
import { type ClusterLab, startCluster } from "./cluster.ts";
import { startAgent, untilJoined } from "./joinByHand.ts";
import { privateAddressFiles } from "./k3sFiles.ts";
import { type MatrixRow, matrixText, packetMatrix } from "./packetMatrix.ts";

/** What a person writes to let the second host in. */
const OPENINGS = [
  "ip saddr 10.116.0.3 udp dport 8472 accept",
  "ip saddr 10.116.0.3 tcp dport { 6443, 10250 } accept",
];

const fates = (rows: readonly MatrixRow[], from: RegExp, to: RegExp) =>
  Object.fromEntries(
    rows.filter((row) => from.test(row.from) && to.test(row.to)).map(({ what, fate }) => [what, fate]),
  );

test("Glaze's firewall drops the overlay; three accepts in its chain let it pass, and nothing else", async () => {
  await using lab = await startCluster({ prodFiles: privateAddressFiles });
  const old = await lab.prod.ruleset();
  await lab.prod.run(
    "nft",
    OPENINGS.slice(1).map((rule) => `insert rule inet glaze input ${rule}`),
  );
  await startAgent(lab);
  await untilJoined(lab);
  const before = await packetMatrix(lab);
  assert.deepEqual(fates(before, /^pod/, /^pod/), {
    "TCP, a small page": "dropped",
    "TCP, 64 KiB": "dropped",
    "UDP, a name": "dropped",
  });
  assert.deepEqual(fates(before, /^glaze-worker/, /^glaze-prod/), {
    "8472/udp, VXLAN": "dropped",
    "6443/tcp, API": "passes",
    "10250/tcp, kubelet": "passes",
  });
  await lab.prod.run("nft", [`insert rule inet glaze input ${OPENINGS[0]}`]);
  const after = await packetMatrix(lab);
  for (const row of after.filter(({ from }) => from !== "outside")) {
    // Node 2 has no kube-apiserver: what asks for it is answered, and refused.
    const fate = row.to === "glaze-worker-1" && row.what.startsWith("6443") ? "refused" : "passes";
    assert.deepEqual(row, { ...row, fate });
  }
  const fromOutside = {
    "22/tcp, ssh": "dropped",
    "80/tcp, http": "passes",
    "443/tcp, https": "passes",
    "6443/tcp, API": "dropped",
    "10250/tcp, kubelet": "dropped",
    "8472/udp, VXLAN": "dropped",
  };
  assert.deepEqual(fates(before, /^outside/, /^glaze-prod/), fromOutside);
  assert.deepEqual(fates(after, /^outside/, /^glaze-prod/), fromOutside);
  // The fresh host has no firewall yet: the probes can tell.
  assert.equal(fates(after, /^outside/, /^glaze-worker/)["8472/udp, VXLAN"], "passes");
  assert.match(matrixText(before, after), /^from +to +what +before +after\n/);
  assert.match(
    matrixText(before, after),
    /\nglaze-worker-1 +glaze-prod +8472\/udp, VXLAN +dropped +passes\n/,
  );
  assert.ok(!old.includes("8472"));
});

test("an accept in another table does not undo the drop", async () => {
  await using lab = await startCluster();
  await lab.prod.run(
    "nft",
    ["-f", "-"],
    `table inet other {
    chain input { type filter hook input priority -200; policy accept; udp dport 8472 accept; }
  }`,
  );
  const rows = await packetMatrix(lab);
  assert.equal(fates(rows, /^glaze-worker/, /^glaze-prod/)["8472/udp, VXLAN"], "dropped");
  assert.deepEqual(fates(rows, /^pod on glaze-worker/, /^pod/), {
    "TCP, a small page": "nobody there",
    "TCP, 64 KiB": "nobody there",
    "UDP, a name": "nobody there",
  });
});

/** ServiceLB's pod, as its DaemonSet makes a new one when the old one is deleted. */
async function makeBalancerPod({ prod }: ClusterLab): Promise<void> {
  const pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "svclb-traefik-0a1b2", namespace: "kube-system" },
    spec: { containers: [{ name: "lb-tcp-80", image: "rancher/klipper-lb:v0.4.13" }] },
  };
  const script = `token=$(sed -n 's/.*"token": "\\(.*\\)".*/\\1/p' /etc/rancher/k3s/k3s.yaml)
    curl -skf -H "Authorization: Bearer $token" -H "Content-Type: application/json" --data @- \
      https://127.0.0.1:6443/api/v1/namespaces/kube-system/pods`;
  await prod.run("sh", ["-c", script], JSON.stringify(pod));
}

test("a flush of the ruleset takes the host ports with it, and a restart of k3s does not bring them back, a new pod of ServiceLB does", async () => {
  await using lab = await startCluster();
  await lab.prod.run("nft", ["flush", "ruleset"]);
  await lab.prod.run("systemctl", ["restart", "k3s"]);
  const rows = fates(await packetMatrix(lab), /^outside/, /^glaze-prod/);
  assert.deepEqual([rows["80/tcp, http"], rows["443/tcp, https"]], ["refused", "refused"]);
  assert.equal(rows["6443/tcp, API"], "passes");
  await makeBalancerPod(lab);
  await waitFor("the host ports", async () =>
    (await lab.prod.ruleset()).includes("CNI-HOSTPORT-DNAT") ? true : undefined,
  );
  assert.equal(fates(await packetMatrix(lab), /^outside/, /^glaze-prod/)["80/tcp, http"], "passes");
});
