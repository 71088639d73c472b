import type { HostCommand } from "../../hosts/command.ts";
import { keptFolder } from "../../hosts/keptFile.ts";
import { ask, find, MERGE_PATCH } from "../../kube/ask.ts";
import { waitUntil } from "../../kube/wait.ts";
import { MINUTE } from "../../model/time.ts";
import { nodePath } from "../k3s/node.ts";
import { waiting } from "../k3s/service.ts";
import type { World } from "../world.ts";

interface Pod {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly ownerReferences?: readonly { readonly kind: string }[];
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: { readonly nodeName?: string };
}

/** Nothing new is placed on the node, and what can run elsewhere goes there: budgets are asked, and waited for. */
export async function drain(world: World, node: string, say: (text: string) => void): Promise<void> {
  if ((await find(world.kube, nodePath(node))) === null) return;
  await ask(world.kube, {
    method: "PATCH",
    path: nodePath(node),
    contentType: MERGE_PATCH,
    body: { spec: { unschedulable: true } },
  });
  await waitUntil(waiting(world, say, 5 * MINUTE), async () => {
    const pods = await movable(world, node);
    for (const pod of pods) await evict(world, pod);
    return pods.length === 0 ? null : `${pods.length} pods to leave ${node}`;
  });
}

/** DaemonSets' pods belong to the node and go with it; static ones are the kubelet's own. */
async function movable({ kube }: World, node: string): Promise<readonly Pod[]> {
  const path = `/api/v1/pods?fieldSelector=spec.nodeName%3D${node}`;
  const { items } = await ask<{ readonly items: readonly Pod[] }>(kube, { method: "GET", path });
  return items.filter(
    ({ metadata, spec }) =>
      spec.nodeName === node &&
      !(metadata.ownerReferences ?? []).some(({ kind }) => kind === "DaemonSet" || kind === "Node"),
  );
}

/** 429: a budget says not now; 404: it is gone by itself. Both are for the next look. */
async function evict({ kube }: World, { metadata: { name, namespace } }: Pod): Promise<void> {
  await kube.request({
    method: "POST",
    path: `/api/v1/namespaces/${namespace}/pods/${name}/eviction`,
    body: { apiVersion: "policy/v1", kind: "Eviction", metadata: { name, namespace } },
  });
}

/**
 * What the installer's k3s-killall.sh and k3s-agent-uninstall.sh do, and never on a server: its volumes
 * lie under the same folder. Containers are their shim's children and would outlive it. Volumes that pods have left on
 * this host stay. https://github.com/k3s-io/k3s/blob/master/install.sh
 */
export function removeAgent(attempt: string): HostCommand {
  return {
    words: ["sh", "-c", REMOVE, "outgrow-remove-agent", keptFolder(attempt)],
    effect: "changes",
    timeoutMs: 3 * MINUTE,
  };
}

/**
 * The host forgets the password it once joined with, when the cluster has forgotten it: between the two, a host without it
 * could never join again under its name.
 */
export function forgetPassword(): HostCommand {
  return { words: ["rm", "-rf", "/etc/rancher/node"], effect: "changes" };
}

/** Which tables the host has before k3s comes: those it brings go with it. */
export function keepTableNames(attempt: string): HostCommand {
  const script =
    'set -eu; umask 077; mkdir -p "$1"; [ -e "$1/tables" ] || { { nft list tables || true; } >"$1/tables.new"; mv "$1/tables.new" "$1/tables"; }';
  return { words: ["sh", "-c", script, "outgrow-keep", keptFolder(attempt)], effect: "changes" };
}

const REMOVE = `set -u
if [ -e /var/lib/rancher/k3s/server ]; then echo "this host is a k3s server" >&2; exit 1; fi
systemctl disable --now k3s-agent 2>/dev/null
family() ( for pid in "$@"; do echo "$pid"; family $(ps -o pid= --ppid "$pid"); done )
pids=$(family $(ps -e -o pid= -o args= | sed -n 's|^ *\\([0-9]*\\) .*/k3s/data/[^/]*/bin/containerd-shim.*|\\1|p'))
[ -z "$pids" ] || kill -9 $pids 2>/dev/null
sed -n 's|^[^ ]* \\([^ ]*\\) .*|\\1|p' /proc/self/mounts | grep -E '^(/run/k3s|/var/lib/rancher/k3s|/var/lib/kubelet/pods|/var/lib/kubelet/plugins|/run/netns/cni-)' | sort -r |
  while read -r mount; do umount -f "$mount" 2>/dev/null; done
for space in /run/netns/cni-*; do [ ! -f "$space" ] || rm -f "$space"; done
ip -o link show master cni0 2>/dev/null | sed -n 's|^[0-9]*: \\([^@:]*\\).*|\\1|p' |
  while read -r device; do ip link delete "$device" 2>/dev/null; done
for device in cni0 flannel.1 kube-ipvs0; do ip link delete "$device" 2>/dev/null; done
if command -v iptables-save >/dev/null; then
  iptables-save | grep -v KUBE- | grep -v CNI- | grep -iv flannel | iptables-restore
fi
if command -v nft >/dev/null && [ -e "$1/tables" ]; then
  nft list tables | grep -E '^table (ip6? (filter|nat|mangle|raw|kube-proxy|flannel-ipv[46])|inet cni_hostport)$' |
    while read -r table; do grep -qxF "$table" "$1/tables" || nft delete $table; done
fi
rm -rf /var/lib/cni /run/k3s /run/flannel /var/lib/kubelet
if [ -d /var/lib/rancher/k3s ]; then
  for entry in /var/lib/rancher/k3s/*; do [ "$entry" = /var/lib/rancher/k3s/storage ] || rm -rf "$entry"; done
  rmdir /var/lib/rancher/k3s/storage /var/lib/rancher/k3s 2>/dev/null
fi
exit 0
`;
