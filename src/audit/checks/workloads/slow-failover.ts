import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { subjectOf } from "../../view/kube.ts";
import { leavesCluster } from "../../view/storage.ts";
import type { Workload } from "../../view/workload.ts";

export const slowFailover: AuditCheck = {
  id: "workloads/slow-failover",
  severity: "informs",
  title: "How long a dead host is waited for",
  reason:
    "When a host dies, Kubernetes waits 300 seconds before it replaces the pods of a Deployment, unless the pod tolerates that for less. A StatefulSet's pod is not replaced at all: it stays `Terminating` " +
    "until the host comes back or somebody deletes its Node, so that no two pods ever write the same data.",
  sources: [
    "https://github.com/rancher/rke2/issues/3913",
    "https://github.com/kubernetes/kubernetes/issues/54368",
    "https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/#taint-based-evictions",
  ],
  find,
};

function find(context: AuditContext): readonly Hit[] {
  const stateful = context.product.workloads.filter(
    (workload) => workload.kind === "StatefulSet" && !leavesCluster([workload], context),
  );
  return [
    ...[...context.product.spread].filter((workload) => !isPatient(workload)).map(late),
    ...stateful.map(stuck),
  ];
}

function isPatient({ podSpec }: Workload): boolean {
  return (podSpec.tolerations ?? []).some(
    ({ key, tolerationSeconds }) =>
      key === "node.kubernetes.io/unreachable" && tolerationSeconds !== undefined,
  );
}

function late({ object }: Workload): Hit {
  return {
    subject: subjectOf(object),
    evidence: "no toleration of its own for node.kubernetes.io/unreachable, so the default of 300 s holds",
    fix:
      "Where half the pods for five minutes are too few, add to the pod template's spec:\ntolerations:\n" +
      "  - { key: node.kubernetes.io/unreachable, operator: Exists, effect: NoExecute, tolerationSeconds: 30 }\n" +
      "  - { key: node.kubernetes.io/not-ready, operator: Exists, effect: NoExecute, tolerationSeconds: 30 }",
  };
}

function stuck({ object }: Workload): Hit {
  return {
    subject: subjectOf(object),
    evidence: "a StatefulSet that stays in the cluster",
    fix: "When its host is dead for good: kubectl delete node HOST, and its pods are started elsewhere, if their volumes can be.",
  };
}
