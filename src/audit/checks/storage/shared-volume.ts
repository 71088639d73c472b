import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { field, subjectOf } from "../../view/kube.ts";
import { mostReplicas } from "../../view/rollout.ts";
import { claimUsers } from "../../view/storage.ts";
import type { Workload } from "../../view/workload.ts";

export const sharedVolume: AuditCheck = {
  id: "storage/shared-volume",
  severity: "blocks",
  title: "Several pods share one volume",
  reason:
    "`ReadWriteOnce` is a promise about a node, not about a pod: on one host a web and a worker Deployment can share a media volume, " +
    "and it works by chance. With a second host, whatever mounts the claim is glued to the host that has it; the other pods stay `Pending`. " +
    "Files that several pods need belong into object storage, static files into the image.",
  sources: [
    "https://www.kubernetes.dev/resources/keps/2485/",
    "https://github.com/kubernetes/kubernetes/issues/108096",
    "https://django-storages.readthedocs.io/",
  ],
  find,
};

function find({ cluster }: AuditContext): readonly Hit[] {
  const usersOf = claimUsers(cluster);
  return cluster.of("PersistentVolumeClaim").flatMap((claim) => {
    const { namespace = "default", name } = claim.metadata;
    const modes = field(claim, "spec", "accessModes");
    const isOnce = !Array.isArray(modes) || !modes.some((mode) => mode !== "ReadWriteOnce");
    // A StatefulSet's template gives each pod a claim of its own.
    const users = usersOf({ namespace, name }).filter(({ podSpec }) =>
      (podSpec.volumes ?? []).some((volume) => volume.persistentVolumeClaim?.claimName === name),
    );
    const pods = users.map((workload) => ({ workload, most: mostReplicas(workload, cluster) }));
    const count = pods.reduce((sum, { most }) => sum + most, 0);
    return isOnce && count > 1 ? [hitOf(`${namespace}/${name}`, pods)] : [];
  });
}

function hitOf(claim: string, pods: readonly { readonly workload: Workload; readonly most: number }[]): Hit {
  const users = pods.map(
    ({ workload, most }) => `${subjectOf(workload.object)} (${most} ${most === 1 ? "pod" : "pods"})`,
  );
  const names = pods.map(({ workload }) => subjectOf(workload.object));
  return {
    subject: `PersistentVolumeClaim ${claim}`,
    evidence: `accessModes: [ReadWriteOnce]; mounted by ${users.join(", ")}`,
    fix: `Keep these files in object storage (Django: STORAGES with storages.backends.s3.S3Storage; static files: WhiteNoise), then take the volume out of ${names.join(" and ")}.`,
  };
}
