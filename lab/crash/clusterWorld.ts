import type { ClusterLab, ClusterSnapshot } from "../hosts/cluster.ts";
import type { LabHost } from "../hosts/host.ts";
import { lookAt } from "./kubeWorld.ts";
import type { CrashWorld } from "./matrix.ts";

/** Two hosts and their cluster. What names a moment (times, uids, addresses given out) is no part of the look. */
export function clusterWorld(lab: ClusterLab): CrashWorld<ClusterSnapshot> {
  return {
    kubeconfig: lab.kubeconfig,
    sshConfigFile: lab.sshConfigFile,
    save: () => lab.snapshot(),
    load: (snapshot) => lab.restore(snapshot),
    look: async () => ({
      nodes: lookAt(await lab.kube.snapshot(), isNode).map(essence),
      hosts: await Promise.all([lab.prod, lab.worker].map(linesOf)),
    }),
  };
}

function isNode({ kind }: { readonly kind: string }): boolean {
  return kind === "Node";
}

interface NodeLook {
  readonly metadata: { readonly name: string; readonly labels?: unknown; readonly annotations?: unknown };
  readonly spec?: { readonly taints?: unknown; readonly unschedulable?: unknown };
  readonly status?: { readonly addresses?: unknown };
}

function essence(node: unknown): unknown {
  const { metadata, spec, status } = node as NodeLook;
  const { name, labels, annotations } = metadata;
  return { name, labels, annotations, taints: spec?.taints, addresses: status?.addresses };
}

/** The ruleset, every file of /etc by its hash, and which k3s runs. */
async function linesOf(host: LabHost): Promise<readonly string[]> {
  const script =
    "nft --stateless list ruleset; find /etc -xdev -type f ! -name token ! -name join-token ! -name password " +
    "-exec sha256sum {} + | sort -k 2; systemctl is-active k3s k3s-agent";
  const { stdout } = await host.attempt("sh", ["-c", script]);
  return stdout.split("\n");
}
