import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { subjectOf } from "../../view/kube.ts";
import { type BoundVolume, hostsOf, leavesCluster } from "../../view/storage.ts";

export const localVolume: AuditCheck = {
  id: "storage/local-volume",
  severity: "blocks",
  title: "A volume is bound to one host",
  reason:
    "A local-path volume is a directory on one host, and its node affinity says so: a pod that mounts it can start " +
    "nowhere else (`node(s) had volume node affinity conflict`). The affinity cannot be changed later. Volumes of data " +
    "stores that the plan moves out of the cluster are covered by that move.",
  sources: [
    "https://github.com/rancher/local-path-provisioner",
    "https://github.com/rancher/local-path-provisioner/issues/136",
    "https://github.com/kubernetes/kubernetes/issues/69528",
  ],
  find,
};

function find(context: AuditContext): readonly Hit[] {
  return context.volumes
    .filter(({ volume, claim }) => claim !== null && hostsOf(volume).length > 0)
    .filter(({ workloads }) => !leavesCluster(workloads, context))
    .map(hitOf);
}

function hitOf({ volume, claim, workloads }: BoundVolume): Hit {
  const names = workloads.map(({ object }) => subjectOf(object));
  const users = names.length === 0 ? "no workload mounts it now" : `mounted by ${names.join(", ")}`;
  return {
    subject: `PersistentVolumeClaim ${claim?.namespace}/${claim?.name}`,
    evidence: `${subjectOf(volume)} requires kubernetes.io/hostname in [${hostsOf(volume).join(", ")}]; ${users}`,
    fix:
      names.length === 0
        ? `Keep a copy of what is in it, then delete the claim: kubectl -n ${claim?.namespace} delete pvc ${claim?.name}`
        : `Move what ${names.join(" and ")} keeps there into object storage or a managed service, or accept that it stays on ${hostsOf(volume).join(", ")} and pin it there on purpose.`,
    ...(names.length === 0 ? { severity: "informs" as const } : {}),
  };
}
