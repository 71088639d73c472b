import { ask, find, MERGE_PATCH } from "../../kube/ask.ts";
import type { World } from "../world.ts";

/** What steps look at of a Node. */
export interface NodeObject {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: { readonly taints?: readonly unknown[]; readonly unschedulable?: boolean };
  readonly status?: {
    readonly addresses?: readonly { readonly type: string; readonly address: string }[];
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    readonly nodeInfo?: { readonly kubeletVersion?: string };
  };
}

export function findNode({ kube }: World, name: string): Promise<NodeObject | null> {
  return find<NodeObject>(kube, nodePath(name));
}

export function nodePath(name: string): string {
  return `/api/v1/nodes/${name}`;
}

export function internalAddress({ status }: NodeObject): string | null {
  return status?.addresses?.find(({ type }) => type === "InternalIP")?.address ?? null;
}

/** Where flannel of other nodes sends packets for this one's pods. */
export function tunnelAddress({ metadata }: NodeObject): string | null {
  return metadata.annotations?.["flannel.alpha.coreos.com/public-ip"] ?? null;
}

export function isReady({ status }: NodeObject): boolean {
  return status?.conditions?.some(({ type, status: is }) => type === "Ready" && is === "True") ?? false;
}

/** `null` takes a label away. */
export async function setLabels(
  { kube }: World,
  name: string,
  labels: Readonly<Record<string, string | null>>,
): Promise<void> {
  await ask(kube, {
    method: "PATCH",
    path: nodePath(name),
    contentType: MERGE_PATCH,
    body: { metadata: { labels } },
  });
}

export async function removeObject({ kube }: World, path: string): Promise<void> {
  if ((await find(kube, path)) !== null) await kube.request({ method: "DELETE", path });
}
