import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { field, subjectOf } from "../../view/kube.ts";
import { type BoundVolume, hostsOf } from "../../view/storage.ts";

export const deletingVolume: AuditCheck = {
  id: "storage/deleting-volume",
  severity: "blocks",
  title: "A volume's data is deleted with its claim",
  reason:
    "Volumes of k3s's `local-path` class have the reclaim policy `Delete`, and deleting means `rm -rf` of the directory. " +
    "Deleting the claim, the namespace, or a Helm release that owns the claim destroys the data at once, and there is no copy. " +
    "The move deletes and recreates things around these volumes, so each must be kept (`Retain`) first. The old policy can be put back afterwards.",
  sources: [
    "https://github.com/k3s-io/k3s/blob/master/manifests/local-storage.yaml",
    "https://github.com/k3s-io/k3s/issues/10484",
  ],
  find,
};

function find({ volumes }: AuditContext): readonly Hit[] {
  return volumes.filter(({ volume, claim }) => claim !== null && policyOf(volume) === "Delete").map(hitOf);
}

function policyOf(volume: BoundVolume["volume"]): unknown {
  return field(volume, "spec", "persistentVolumeReclaimPolicy");
}

function hitOf({ volume, claim, workloads }: BoundVolume): Hit {
  const names = workloads.map(({ object }) => subjectOf(object));
  const users = names.length === 0 ? "no workload mounts it now" : `mounted by ${names.join(", ")}`;
  const { name } = volume.metadata;
  return {
    subject: `PersistentVolume ${name}`,
    evidence: `persistentVolumeReclaimPolicy: Delete; bound to PersistentVolumeClaim ${claim?.namespace}/${claim?.name}; ${users}`,
    fix: `kubectl patch pv ${name} -p '{"spec":{"persistentVolumeReclaimPolicy":"Retain"}}'`,
    // A network volume is the provider's, with snapshots; what nobody mounts is perhaps meant to go.
    ...(hostsOf(volume).length === 0 || names.length === 0 ? { severity: "informs" as const } : {}),
  };
}
