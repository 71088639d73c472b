import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { field, subjectOf } from "../../view/kube.ts";

export const barePod: AuditCheck = {
  id: "workloads/bare-pod",
  severity: "warns",
  title: "A pod that nobody would start again",
  reason:
    "A pod without an owner is not moved: `kubectl drain` refuses to go on while it is there, and with `--force` it is gone. When its host dies it is gone as well.",
  sources: ["https://kubernetes.io/docs/reference/kubectl/generated/kubectl_drain/"],
  find,
};

function find({ cluster }: AuditContext): readonly Hit[] {
  return cluster.workloads
    .filter(
      ({ kind, object }) =>
        kind === "Pod" && !isFinished(object) && !isOnPurpose(object.metadata.annotations),
    )
    .map(({ object, namespace, name }) => ({
      subject: subjectOf(object),
      evidence: "no ownerReferences: no Deployment, StatefulSet or Job stands behind it",
      fix: `Put it into a Deployment or a Job; or, if it was only for a look: kubectl -n ${namespace} delete pod ${name}`,
    }));
}

function isFinished(object: object): boolean {
  return ["Succeeded", "Failed"].includes(String(field(object, "status", "phase")));
}

/** Static pods belong to the kubelet, hooks to Helm. */
function isOnPurpose(annotations: Readonly<Record<string, string>> = {}): boolean {
  return "kubernetes.io/config.mirror" in annotations || "helm.sh/hook" in annotations;
}
