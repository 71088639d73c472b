import type { KubeObject } from "../../model/facts.ts";
import type { AuditContext } from "../context.ts";
import { field } from "./kube.ts";

export const HOSTNAME = "kubernetes.io/hostname";

/** How many hosts there are, or will be: two at least, that is what all this is about. */
export function hostCount({ cluster, intent }: AuditContext): number {
  const names = new Set([
    ...cluster.of("Node").map(({ metadata }) => metadata.name),
    ...intent.hosts.map(({ name }) => name),
    ...intent.newHosts,
  ]);
  return Math.max(2, names.size);
}

/** Nodes that take any pod. */
export function openNodes({ cluster }: AuditContext): readonly KubeObject[] {
  return cluster.of("Node").filter((node) => {
    const taints = field(node, "spec", "taints");
    const isClosed =
      Array.isArray(taints) && taints.some((taint) => field(taint, "effect") !== "PreferNoSchedule");
    return field(node, "spec", "unschedulable") !== true && !isClosed;
  });
}

/** Addresses of the hosts that are there, with their names. */
export function hostAddresses({ cluster, intent }: AuditContext): ReadonlyMap<string, string> {
  const ofNodes = cluster.of("Node").flatMap((node) => {
    const addresses = field(node, "status", "addresses");
    return (Array.isArray(addresses) ? addresses : [])
      .filter((each) => /IP$/.test(String(field(each, "type"))))
      .map((each): [string, string] => [String(field(each, "address")), node.metadata.name]);
  });
  const ofHosts = intent.hosts.flatMap(({ name, privateAddress }): [string, string][] =>
    privateAddress === null ? [] : [[privateAddress, name]],
  );
  return new Map([...ofHosts, ...ofNodes]);
}
