import type { KubeObject } from "../../../model/facts.ts";
import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { field, subjectOf } from "../../view/kube.ts";
import type { Workload } from "../../view/workload.ts";

export const blindAutoscaler: AuditCheck = {
  id: "workloads/blind-autoscaler",
  severity: "warns",
  title: "An autoscaler cannot compute what it scales by",
  reason:
    "A HorizontalPodAutoscaler that goes by utilization divides use by request. One container without that request, a sidecar too, and it shows `<unknown>` and does nothing. " +
    "An autoscaler whose target is not there does nothing either.",
  sources: ["https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/"],
  find,
};

function find({ cluster }: AuditContext): readonly Hit[] {
  const targets = new Map(cluster.workloads.map((workload) => [cluster.autoscalerOf(workload), workload]));
  return cluster.of("HorizontalPodAutoscaler").flatMap((autoscaler) => {
    const target = targets.get(autoscaler);
    return target === undefined
      ? []
      : resourcesOf(autoscaler).flatMap((each) => lacking(autoscaler, target, each));
  });
}

/** Resources by utilization; by container only that one counts. */
function resourcesOf(autoscaler: KubeObject): readonly { resource: string; container: string | null }[] {
  const metrics = field(autoscaler, "spec", "metrics");
  return (Array.isArray(metrics) ? metrics : []).flatMap((metric) => {
    const source = field(metric, "resource") ?? field(metric, "containerResource");
    if (field(source, "target", "type") !== "Utilization") return [];
    const container = field(source, "container");
    return [
      {
        resource: String(field(source, "name")),
        container: typeof container === "string" ? container : null,
      },
    ];
  });
}

function lacking(
  autoscaler: KubeObject,
  { object, podSpec }: Workload,
  { resource, container }: { readonly resource: string; readonly container: string | null },
): readonly Hit[] {
  const names = (podSpec.containers ?? [])
    .filter(({ name }) => container === null || name === container)
    .filter(
      ({ resources }) => (resources?.requests?.[resource] ?? resources?.limits?.[resource]) === undefined,
    )
    .map(({ name }) => name);
  if (names.length === 0) return [];
  return [
    {
      subject: subjectOf(autoscaler),
      evidence: `it scales by ${resource} utilization; ${subjectOf(object)} requests no ${resource} in ${names.map((name) => `container ${name}`).join(", ")}`,
      fix: `Give ${names.map((name) => `container ${name}`).join(", ")} of ${subjectOf(object)} a request for ${resource}.`,
    },
  ];
}
