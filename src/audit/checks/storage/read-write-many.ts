import type { KubeObject } from "../../../model/facts.ts";
import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import type { ClusterView } from "../../view/cluster.ts";
import { field, subjectOf } from "../../view/kube.ts";

export const readWriteMany: AuditCheck = {
  id: "storage/read-write-many",
  severity: "warns",
  title: "A claim asks local-path for a volume of several hosts",
  reason:
    "A local directory cannot be written from two hosts. local-path-provisioner refuses `ReadWriteMany` and `ReadOnlyMany` unless it is set up over a shared file system " +
    "(`sharedFileSystemPath`); a claim that asks for it stays `Pending`, or, where it was bound by hand, is only as shared as its directory.",
  sources: [
    "https://github.com/rancher/local-path-provisioner#configuration",
    "https://github.com/suse-edge/charts/pull/20",
  ],
  find,
};

function find({ cluster }: AuditContext): readonly Hit[] {
  const config = field(cluster.find("ConfigMap", "kube-system", "local-path-config"), "data", "config.json");
  if (typeof config === "string" && config.includes("sharedFileSystemPath")) return [];
  return cluster.of("PersistentVolumeClaim").flatMap((claim) => {
    const modes = field(claim, "spec", "accessModes");
    const many = Array.isArray(modes) ? modes.filter((mode) => /Many$/.test(String(mode))) : [];
    return many.length > 0 && classOf(claim, cluster) === "rancher.io/local-path"
      ? [hitOf(claim, many.join(", "))]
      : [];
  });
}

function hitOf(claim: KubeObject, modes: string): Hit {
  const storageClass = field(claim, "spec", "storageClassName") ?? "the default class";
  return {
    subject: subjectOf(claim),
    evidence: `accessModes: [${modes}] of ${storageClass}, which local-path-provisioner serves`,
    fix: "Keep these files in object storage, or on a class that really is shared (NFS, CephFS).",
  };
}

/** The provisioner behind a claim; without a class the default one is meant. */
function classOf(claim: KubeObject, cluster: ClusterView): unknown {
  const name = field(claim, "spec", "storageClassName");
  const classes = cluster.of("StorageClass");
  const found = classes.find(({ metadata }) =>
    name === undefined
      ? metadata.annotations?.["storageclass.kubernetes.io/is-default-class"] === "true"
      : metadata.name === name,
  );
  // Manifests alone hold no classes: k3s's own one goes by its name.
  return found?.provisioner ?? (name === "local-path" ? "rancher.io/local-path" : undefined);
}
