import type { ClusterView } from "../../audit/view/cluster.ts";
import { field } from "../../audit/view/kube.ts";
import { isPrivate } from "../../audit/view/ranges.ts";
import type { Facts, KubeObject } from "../../model/facts.ts";
import type { GuessedHost } from "./guesses.ts";

/** The nodes of the cluster, with what the cloud says of the machines under them. */
export function guessHosts(cluster: ClusterView, { cloud }: Facts): readonly GuessedHost[] {
  return cluster.of("Node").map((node) => {
    const { name } = node.metadata;
    const droplet = cloud?.droplets.find((each) => each.name === name);
    return {
      name,
      role: isServer(node) ? "server" : "agent",
      privateAddress: droplet?.privateAddress ?? addressesOf(node).find(isPrivate) ?? null,
      size: droplet?.size ?? null,
    };
  });
}

/** The provider's region of the first node it knows. */
export function guessRegion(cluster: ClusterView, { cloud }: Facts): string | null {
  const names = new Set(cluster.of("Node").map(({ metadata }) => metadata.name));
  return cloud?.droplets.find(({ name }) => names.has(name))?.region ?? null;
}

function isServer({ metadata }: KubeObject): boolean {
  const labels = Object.keys(metadata.labels ?? {});
  return labels.some((label) => /^node-role\.kubernetes\.io\/(control-plane|master)$/.test(label));
}

function addressesOf(node: KubeObject): readonly string[] {
  const addresses = field(node, "status", "addresses");
  if (!Array.isArray(addresses)) return [];
  return addresses.flatMap((each) => {
    const address = field(each, "address");
    return field(each, "type") === "InternalIP" && typeof address === "string" ? [address] : [];
  });
}
