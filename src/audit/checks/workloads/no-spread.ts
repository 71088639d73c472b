import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { subjectOf } from "../../view/kube.ts";
import { HOSTNAME } from "../../view/placement.ts";
import type { Workload } from "../../view/workload.ts";

export const noSpread: AuditCheck = {
  id: "workloads/no-spread",
  severity: "warns",
  title: "Nothing keeps the replicas apart",
  reason:
    "Without a constraint of its own a pod falls under the built-in one: `maxSkew: 3`, `ScheduleAnyway`. Two or three replicas may then legally share one host, and the second host brings nothing when the first one dies. " +
    "`matchLabelKeys: [pod-template-hash]` counts the new pods of a rollout by themselves.",
  sources: ["https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/"],
  find,
};

function find(context: AuditContext): readonly Hit[] {
  return [...context.product.spread]
    .filter(({ podSpec }) => !isKeptApart(podSpec))
    .map(({ object, podSpec, podLabels }) => ({
      subject: subjectOf(object),
      evidence: `no topologySpreadConstraints on ${HOSTNAME} and no podAntiAffinity${(podSpec.topologySpreadConstraints ?? []).length > 0 ? " (those there are spread over something else)" : ""}`,
      fix: constraintFor(podLabels),
    }));
}

function isKeptApart({ topologySpreadConstraints = [], affinity }: Workload["podSpec"]): boolean {
  const apart = affinity?.podAntiAffinity;
  return (
    topologySpreadConstraints.some(({ topologyKey }) => topologyKey === HOSTNAME) ||
    (apart?.requiredDuringSchedulingIgnoredDuringExecution ?? []).length > 0 ||
    (apart?.preferredDuringSchedulingIgnoredDuringExecution ?? []).length > 0
  );
}

function constraintFor(labels: Workload["podLabels"]): string {
  const matched = Object.entries(labels).map(([key, value]) => `${key}: ${value}`);
  return [
    "Add to the pod template's spec:",
    "topologySpreadConstraints:",
    "  - maxSkew: 1",
    `    topologyKey: ${HOSTNAME}`,
    "    whenUnsatisfiable: ScheduleAnyway",
    "    matchLabelKeys: [pod-template-hash]",
    `    labelSelector: { matchLabels: { ${matched.join(", ")} } }`,
  ].join("\n");
}
