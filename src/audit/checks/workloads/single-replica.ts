import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { field, subjectOf } from "../../view/kube.ts";

export const singleReplica: AuditCheck = {
  id: "workloads/single-replica",
  severity: "warns",
  title: "One replica gains nothing from a second host",
  reason:
    "A node that joins moves nothing, and one pod runs on one host. Web and worker need two replicas to use both. Before that, whatever must be single has to be: beat in a Deployment of its own, no shared volume, " +
    "no state in the pod. Three replicas, as some linters ask, bring nothing more on two hosts.",
  sources: [
    "https://github.com/derailed/popeye/issues/143",
    "https://github.com/canonical/k8s-snap/pull/2102",
  ],
  find,
};

function find(context: AuditContext): readonly Hit[] {
  return [...context.product.spread].flatMap(({ object, namespace, name, replicas, ...rest }) => {
    const workload = { object, namespace, name, replicas, ...rest };
    const autoscaler = context.cluster.autoscalerOf(workload);
    const least = autoscaler === undefined ? replicas : (field(autoscaler, "spec", "minReplicas") ?? 1);
    if (typeof least !== "number" || least >= 2) return [];
    return [
      {
        subject: subjectOf(object),
        evidence:
          autoscaler === undefined ? `replicas: ${least}` : `${subjectOf(autoscaler)} minReplicas: ${least}`,
        fix:
          autoscaler === undefined
            ? `Once nothing else blocks it: kubectl -n ${namespace} scale deployment ${name} --replicas=2, and the same in the chart.`
            : `Set minReplicas: 2 in ${subjectOf(autoscaler)}.`,
      },
    ];
  });
}
