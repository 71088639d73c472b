import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { field, subjectOf } from "../../view/kube.ts";
import { hostAddresses } from "../../view/placement.ts";

export const oneHostPolicy: AuditCheck = {
  id: "workloads/one-host-policy",
  severity: "warns",
  title: "A network policy knows one host only",
  reason:
    "A NetworkPolicy that lets the host's own address in (for probes, for pods on the host's network, for masqueraded traffic) does not know the second host: the same traffic from there is dropped, and the pod looks dead.",
  sources: ["https://kubernetes.io/docs/concepts/services-networking/network-policies/"],
  find,
};

function find(context: AuditContext): readonly Hit[] {
  const addresses = hostAddresses(context);
  return context.cluster.of("NetworkPolicy").flatMap((policy) =>
    ["ingress", "egress"].flatMap((direction) => {
      const blocks = blocksOf(field(policy, "spec", direction));
      const named = blocks.flatMap((block) => addresses.get(block.replace(/\/32$/, "")) ?? []);
      const missing = [...new Set(addresses.values())].filter((host) => !named.includes(host));
      const others = [...missing, ...context.intent.newHosts];
      if (named.length === 0 || others.length === 0) return [];
      return [
        {
          subject: subjectOf(policy),
          evidence: `${direction} names ${blocks.filter((block) => addresses.has(block.replace(/\/32$/, ""))).join(", ")} (${named.join(", ")})`,
          fix: `Add an ipBlock for ${others.join(" and ")}, or name the private network of the hosts.`,
        },
      ];
    }),
  );
}

function blocksOf(rules: unknown): readonly string[] {
  const peers = (Array.isArray(rules) ? rules : [])
    .flatMap((rule) => [field(rule, "from"), field(rule, "to")])
    .flat();
  return peers.map((peer) => field(peer, "ipBlock", "cidr")).filter((cidr) => typeof cidr === "string");
}
