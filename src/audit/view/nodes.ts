import type { KubeObject } from "../../model/facts.ts";
import type { AuditContext } from "../context.ts";
import { type HostView, viewHosts } from "./hosts.ts";
import { field } from "./kube.ts";

/** A Kubernetes node, and the host it is, when that was read. */
export interface NodeView {
  readonly object: KubeObject;
  readonly name: string;
  readonly isServer: boolean;
  readonly internalAddress: string | null;
  readonly externalAddress: string | null;
  /** `v1.33.4+k3s1` */
  readonly version: string | null;
  /** `amd64` */
  readonly architecture: string | null;
  readonly host: HostView | null;
}

export function viewNodes(context: AuditContext): readonly NodeView[] {
  const hosts = viewHosts(context);
  return context.cluster.of("Node").map((object) => ({
    object,
    name: object.metadata.name,
    isServer: SERVER_LABELS.some((label) => object.metadata.labels?.[label] !== undefined),
    internalAddress: addressOf(object, "InternalIP"),
    externalAddress: addressOf(object, "ExternalIP"),
    version: textOf(object, "kubeletVersion"),
    architecture: textOf(object, "architecture"),
    host: hosts.find((host) => isHost(host, object.metadata.name)) ?? null,
  }));
}

/** A node has the host's name, its hostname, or the name it was given. */
export function isHost({ name, facts }: HostView, node: string): boolean {
  const given = facts.k3s?.settings.findLast(({ key }) => key === "node-name")?.values[0];
  return [given ?? facts.hostname, name].includes(node);
}

const SERVER_LABELS = ["node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master"];

function addressOf(node: KubeObject, type: string): string | null {
  const addresses = field(node, "status", "addresses");
  const found = Array.isArray(addresses) ? addresses.find((each) => field(each, "type") === type) : undefined;
  const address = field(found, "address");
  return typeof address === "string" ? address : null;
}

function textOf(node: KubeObject, key: string): string | null {
  const value = field(node, "status", "nodeInfo", key);
  return typeof value === "string" ? value : null;
}
