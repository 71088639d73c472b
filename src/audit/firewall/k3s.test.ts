import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { type AuditCase, findingsOf } from "../../../test/auditCases.ts";
import { FIREWALL } from "../checks/firewall.ts";

/**
 * What nft lists of rules like those of k3s: kube-proxy, kube-router, flannel and the CNI, as
 * iptables-nft 1.8.9 wrote them. Their extensions (`xt`) cannot be seen into, and must not matter.
 */
const K3S = JSON.parse(readFileSync("test/fixtures/k3s-ruleset.json", "utf8")) as Listing;

interface Listing {
  readonly nftables: readonly object[];
}

const NODE_PORT = {
  apiVersion: "v1",
  kind: "Service",
  metadata: { namespace: "default", name: "glaze-postgres" },
  spec: { type: "NodePort", ports: [{ port: 5432, nodePort: 30432, targetPort: 5432 }] },
};

test("k3s's own rules are no finding and give no unknown", () => {
  const found = idsOf([], { objects: [] });
  assert.deepEqual(found, ["firewall/api-open", "firewall/kubelet-open", "firewall/overlay-open"]);
});

test("a NodePort behind them is seen", () => {
  assert.ok(idsOf([], { objects: [NODE_PORT] }).includes("firewall/nodeport-open"));
});

test("a chain of one's own around them decides", () => {
  const closed = idsOf(ownChain("input"), { objects: [NODE_PORT] });
  for (const id of ["api-closed", "kubelet-closed", "overlay-closed", "pods-input", "nodeport-open"]) {
    assert.ok(closed.includes(`firewall/${id}`), id);
  }
  assert.ok(!closed.includes("firewall/overlay-open"));
  const onward = idsOf(ownChain("forward"), { objects: [NODE_PORT] });
  assert.ok(onward.includes("firewall/pods-forward"));
  assert.ok(!onward.includes("firewall/nodeport-open"));
});

test("an extension in a chain of one's own is not seen into: unknown, with its text", () => {
  const base = { family: "ip", table: "filter", chain: "INPUT" };
  const rule = {
    rule: { ...base, handle: 900, expr: [{ xt: { type: "match", name: "recent" } }, { drop: null }] },
  };
  const [closed] = findings([rule], {}).filter(({ id }) => id === "firewall/overlay-closed");
  assert.equal(closed?.severity, "warns");
  assert.match(closed?.evidence ?? "", /cannot be judged: xt match recent/);
});

/** A base chain that drops all. */
function ownChain(hook: string): readonly object[] {
  const name = { family: "inet", table: "hostfw", name: "all" };
  return [{ chain: { ...name, handle: 1, type: "filter", hook, prio: -10, policy: "drop" } }];
}

function idsOf(entries: readonly object[], part: Partial<AuditCase>): readonly string[] {
  return [...new Set(findings(entries, part).map(({ id }) => id))].sort();
}

function findings(entries: readonly object[], part: Partial<AuditCase>) {
  const ruleset = { nftables: [...K3S.nftables, ...entries] };
  const host = { nftables: { ruleset, isServiceEnabled: true } };
  const intent = { newHosts: ["glaze-worker-1"] };
  return findingsOf({ name: "k3s", expect: [], ...part, hosts: { "glaze-prod": host }, intent }, FIREWALL);
}
