import type { KubeObject } from "../../../model/facts.ts";
import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { unbuiltHosts, viewHosts } from "../../view/hosts.ts";
import { field, subjectOf } from "../../view/kube.ts";
import { viewNodes } from "../../view/nodes.ts";

export const networkPolicyAddress: AuditCheck = {
  id: "network/network-policy-address",
  severity: "warns",
  title: "A NetworkPolicy knows one host only",
  reason:
    "An ipBlock with the address of node 1 lets in what comes from that host: its kubelet's probes, pods with hostNetwork, traffic " +
    "that ServiceLB hands on. The same from node 2 has another address, and is dropped there.",
  sources: ["https://kubernetes.io/docs/concepts/services-networking/network-policies/"],
  find,
};

function find(context: AuditContext): readonly Hit[] {
  const known = hostAddresses(context);
  const others = unbuiltHosts(context);
  return context.cluster.of("NetworkPolicy").flatMap((policy) => {
    const named = blocksOf(policy).filter((block) => known.has(block.replace(/\/32$/, "")));
    const hosts = new Set(named.map((block) => known.get(block.replace(/\/32$/, ""))));
    const isComplete = others.length === 0 && new Set(known.values()).size === hosts.size;
    if (named.length === 0 || isComplete) return [];
    return [
      {
        subject: subjectOf(policy),
        evidence: `ipBlock ${named.join(", ")}: the address of ${[...hosts].join(", ")} and of no other host`,
        fix: "Add an ipBlock with the private address of the new node beside it, or the range of the private network, before anything moves there.",
      },
    ];
  });
}

function hostAddresses(context: AuditContext): ReadonlyMap<string, string> {
  const fromHosts = viewHosts(context).flatMap(({ name, privateAddress, publicAddress }) =>
    [privateAddress, publicAddress].flatMap((each) => (each === null ? [] : [[each.address, name] as const])),
  );
  const fromNodes = viewNodes(context).flatMap(({ name, internalAddress, externalAddress, host }) =>
    [internalAddress, externalAddress].flatMap((each) =>
      each === null ? [] : [[each, host?.name ?? name] as const],
    ),
  );
  return new Map([...fromNodes, ...fromHosts]);
}

function blocksOf(policy: KubeObject): readonly string[] {
  return ["ingress", "egress"].flatMap((direction) => {
    const rules = field(policy, "spec", direction);
    return (Array.isArray(rules) ? rules : []).flatMap((rule: unknown) => {
      const peers = field(rule, direction === "ingress" ? "from" : "to");
      return (Array.isArray(peers) ? peers : []).flatMap((peer: unknown) => {
        const cidr = field(peer, "ipBlock", "cidr");
        return typeof cidr === "string" ? [cidr] : [];
      });
    });
  });
}
