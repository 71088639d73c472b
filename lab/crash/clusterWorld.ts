import { join } from "node:path";
import { canonicalJson } from "../../src/model/canonical.ts";
import type { ClusterLab, ClusterSnapshot } from "../hosts/cluster.ts";
import type { LabHost } from "../hosts/host.ts";
import { diskLines, sameName } from "./disk.ts";
import { forgetRuns, lookAt } from "./kubeWorld.ts";
import type { CrashWorld } from "./matrix.ts";

/** Two hosts and their cluster. What names a moment (times, uids, addresses given out) is no part of the look. */
export function clusterWorld(lab: ClusterLab): CrashWorld<ClusterSnapshot> {
  return {
    kubeconfig: lab.kubeconfig,
    sshConfigFile: lab.sshConfigFile,
    save: () => lab.snapshot(),
    load: (snapshot) => lab.restore(snapshot),
    look: async () => ({
      objects: lookAt(await lab.kube.snapshot(), isOfTheMove)
        .map(essence)
        .sort(),
      hosts: await Promise.all([
        linesOf(lab.prod, join(lab.folder, "prod/upper")),
        linesOf(lab.worker, join(lab.folder, "worker/upper")),
      ]),
    }),
    forgetRuns: () => forgetRuns(lab.kube),
  };
}

function isOfTheMove({ kind }: { readonly kind: string }): boolean {
  return ["Node", "PersistentVolume", "Secret"].includes(kind);
}

interface ObjectLook {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels?: unknown; readonly annotations?: unknown };
  readonly spec?: unknown;
  readonly status?: { readonly addresses?: unknown };
}

/** A token to join with has a name that is new each time, and a Secret its own content. */
function essence(object: unknown): string {
  const { kind, metadata, spec, status } = object as ObjectLook;
  const { name, labels, annotations } = metadata;
  if (kind === "Secret") return `Secret ${name.replace(/^(bootstrap-token)-.*/, "$1")}`;
  return canonicalJson({ kind, name, labels, annotations, spec, addresses: status?.addresses });
}

/** What runs and boots, links and kernel settings, the ruleset, and what of ours must not outlive a run. */
const LIVE = `
nft --stateless list ruleset
systemctl is-active k3s k3s-agent
ip -brief link | cut -d ' ' -f 1 | cut -d @ -f 1 | sort
sysctl vm.swappiness vm.panic_on_oom vm.overcommit_memory fs.inotify.max_user_watches fs.inotify.max_user_instances
ls -d /var/lib/outgrow/restart-k3s /var/lib/outgrow/*/backup /var/lib/rancher/k3s/server /var/lib/rancher/k3s/agent /var/lib/kubelet
`;

async function linesOf(host: LabHost, layer: string): Promise<readonly string[]> {
  const { stdout } = await host.attempt("sh", ["-c", LIVE]);
  return [...sameName(stdout).split("\n"), ...diskLines(layer)];
}
