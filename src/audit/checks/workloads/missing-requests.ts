import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { type Container, subjectOf } from "../../view/kube.ts";
import { leavesCluster } from "../../view/storage.ts";

export const missingRequests: AuditCheck = {
  id: "workloads/missing-requests",
  severity: "warns",
  title: "The scheduler does not know what a pod needs",
  reason:
    "The scheduler counts requests, not use. Pods without them weigh nothing: after one restart 73 of 78 pods sat on the new node of a cluster, the other idle. An autoscaler cannot compute a share of nothing either. " +
    "Take the figures from a week of use: a little above the usual for memory, the average for CPU.",
  sources: [
    "https://github.com/k0sproject/k0s/issues/2467",
    "https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/",
  ],
  find,
};

function find(context: AuditContext): readonly Hit[] {
  return context.product.workloads
    .filter(({ kind }) => kind === "Deployment" || kind === "StatefulSet" || kind === "DaemonSet")
    .filter((workload) => !leavesCluster([workload], context))
    .flatMap(({ object, podSpec }) => {
      const lacking = (podSpec.containers ?? []).flatMap((container) => lackOf(container));
      if (lacking.length === 0) return [];
      return [
        {
          subject: subjectOf(object),
          evidence: lacking.join("; "),
          fix: "Add to each of these containers what it uses, for example: resources: { requests: { cpu: 100m, memory: 256Mi } }",
        },
      ];
    });
}

/** Where only a limit is set, Kubernetes takes it for the request. */
function lackOf({ name, resources }: Container): readonly string[] {
  const known = { ...resources?.limits, ...resources?.requests };
  const lacking = ["cpu", "memory"].filter((resource) => known[resource] === undefined);
  return lacking.length === 0 ? [] : [`container ${name}: no request for ${lacking.join(" and ")}`];
}
