import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { field, subjectOf } from "../../view/kube.ts";
import { HOSTNAME } from "../../view/placement.ts";
import { hostsOf, leavesCluster } from "../../view/storage.ts";
import type { Workload } from "../../view/workload.ts";

export const pinnedToHost: AuditCheck = {
  id: "workloads/pinned-to-host",
  severity: "warns",
  title: "A workload may run on one host only",
  reason:
    "`nodeName`, a `nodeSelector` or a required affinity for a host's name keeps every pod on that host, however many replicas there are. It is left over from the days of one host, or from " +
    "a volume that has gone. `nodeName` goes past the scheduler altogether: volumes that wait for the first consumer are then never made. Pods that mount a volume of that very host are pinned on purpose.",
  sources: [
    "https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/",
    "https://github.com/rancher/local-path-provisioner/issues/30",
  ],
  find,
};

function find(context: AuditContext): readonly Hit[] {
  const withLocalVolume = new Set(
    context.volumes.filter(({ volume }) => hostsOf(volume).length > 0).flatMap(({ workloads }) => workloads),
  );
  return context.product.workloads
    .filter((workload) => workload.kind !== "DaemonSet" && workload.kind !== "Pod")
    .filter((workload) => !withLocalVolume.has(workload) && !leavesCluster([workload], context))
    .flatMap(hitsOf);
}

function hitsOf({ object, podSpec }: Workload): readonly Hit[] {
  const { nodeName, nodeSelector = {}, affinity } = podSpec;
  const selected = nodeSelector[HOSTNAME];
  const required = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  const hosts = hostsOf({ spec: { nodeAffinity: { required } } });
  const found = [
    ...(nodeName === undefined ? [] : [{ where: "nodeName", host: nodeName }]),
    ...(selected === undefined ? [] : [{ where: `nodeSelector ${HOSTNAME}`, host: selected }]),
    ...(hosts.length === 0 ? [] : [{ where: `required nodeAffinity ${HOSTNAME}`, host: hosts.join(", ") }]),
  ];
  return found.map(({ where, host }) => ({
    subject: subjectOf(object),
    evidence: `${where}: ${host}`,
    fix: `Remove ${where} from the pod template of ${subjectOf(object)}${chartHint(object)}.`,
  }));
}

function chartHint(object: Workload["object"]): string {
  const release = field(object, "metadata", "annotations", "meta.helm.sh/release-name");
  return typeof release === "string" ? `, in the chart or values of release ${release}` : "";
}
