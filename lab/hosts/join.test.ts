import assert from "node:assert/strict";
import { test } from "node:test";
import { type ClusterLab, startCluster } from "./cluster.ts";
import { agentSays, startAgent, untilJoined } from "./joinByHand.ts";
import { privateAddressFiles } from "./k3sFiles.ts";

const LET_IN = "insert rule inet glaze input ip saddr 10.116.0.3 tcp dport 6443 accept";

/** A cluster whose first host is ready for a second one, but for what the test leaves out. */
async function readyCluster(): Promise<ClusterLab> {
  const lab = await startCluster({ prodFiles: privateAddressFiles });
  await lab.prod.run("nft", [LET_IN]);
  return lab;
}

async function nodes({ prod }: ClusterLab): Promise<readonly string[]> {
  const script = `token=$(sed -n 's/.*"token": "\\(.*\\)".*/\\1/p' /etc/rancher/k3s/k3s.yaml | head -1)
    curl -sk -H "Authorization: Bearer $token" https://127.0.0.1:6443/api/v1/nodes`;
  const text = await prod.run("sh", ["-c", script]);
  return (JSON.parse(text) as NodeList).items.map(({ metadata }) => metadata.name);
}

interface NodeList {
  readonly items: readonly { readonly metadata: { readonly name: string } }[];
}

test("a host joins with a short-lived token, and its name is its own from then on", async () => {
  await using lab = await readyCluster();
  await startAgent(lab, { config: ['node-taint: ["outgrow.dev/joining=true:NoSchedule"]'] });
  await untilJoined(lab);
  assert.deepEqual(await nodes(lab), ["glaze-prod", "glaze-worker-1"]);
  await lab.worker.run("systemctl", ["stop", "k3s-agent"]);
  await lab.worker.run("rm", ["/etc/rancher/node/password"]);
  await startAgent(lab);
  await agentSays(lab, "Node password rejected");
});

test("closed 6443, then a wrong token, then a wrong authority, then a wrong clock: each says its own; in the end it joins by itself", async () => {
  await using lab = await startCluster({ prodFiles: privateAddressFiles });
  await startAgent(lab);
  await agentSays(
    lab,
    'failed to get CA certs: GET \\"https://10.116.0.2:6443/cacerts\\": context deadline exceeded',
  );
  await lab.prod.run("nft", [LET_IN]);
  await startAgent(lab, { token: "abcdef.0123456789abcdef" });
  await agentSays(lab, "401 Unauthorized");
  await startAgent(lab, { token: `K10${"0".repeat(64)}::abcdef.0123456789abcdef` });
  await agentSays(lab, "token CA hash does not match the Cluster CA certificate hash");
  await lab.worker.run("sh", ["-c", "echo -86400 >/etc/outgrow-lab-clock"]);
  await startAgent(lab);
  await agentSays(lab, "x509: certificate has expired or is not yet valid");
  assert.deepEqual(await nodes(lab), ["glaze-prod"]);
  await lab.worker.run("rm", ["/etc/outgrow-lab-clock"]);
  await untilJoined(lab);
});

test("a newer agent is refused; an address that is advertised and cannot be reached keeps it out", async () => {
  await using lab = await startCluster();
  await lab.prod.run("nft", [LET_IN]);
  await startAgent(lab);
  await agentSays(lab, 'POST \\"https://203.0.113.10:6443/lab/join\\": context deadline exceeded');
  await lab.worker.run("systemctl", ["stop", "k3s-agent"]);
  await lab.prod.run(
    "sh",
    ["-c", "mkdir -p /etc/rancher/k3s/config.yaml.d; cat >/etc/rancher/k3s/config.yaml.d/10-address.yaml"],
    "node-ip: 10.116.0.2\nflannel-iface: eth1\n",
  );
  await lab.prod.run("systemctl", ["restart", "k3s"]);
  await startAgent(lab, { version: "v1.37.0+k3s1" });
  await agentSays(lab, "which is newer than the server's");
  assert.deepEqual(await nodes(lab), ["glaze-prod"]);
});

test("k3s refuses what is no configuration of it", async () => {
  await using lab = await startCluster();
  const refuses = async (text: string, says: string) => {
    await lab.prod.run("sh", ["-c", "cat >/etc/rancher/k3s/config.yaml"], text);
    const { code, stderr } = await lab.prod.attempt("k3s", ["server"]);
    assert.deepEqual([code, stderr.includes(says)], [1, true], stderr);
  };
  await refuses("max-pods: 5\n", "flag provided but not defined: -max-pods");
  await refuses("kube-apiserver-arg: [max-requests-inflight=many]\n", 'invalid argument \\"many\\"');
  await refuses("node-ip: [10.116.0.2\n", "failed to read /etc/rancher/k3s/config.yaml");
  await refuses("node-ip: 10.116.0.99\n", "10.116.0.99 is no address of this host");
});
