import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { subjectOf } from "../../view/kube.ts";
import { HOSTNAME, hostCount } from "../../view/placement.ts";
import { mostReplicas, rolloutOf } from "../../view/rollout.ts";
import { matchesLabels } from "../../view/selector.ts";
import type { Workload } from "../../view/workload.ts";

export const hardSpread: AuditCheck = {
  id: "workloads/hard-spread",
  severity: "blocks",
  title: "Pods that may not share a host have nowhere to go",
  reason:
    "A required anti-affinity lets one pod run on each host. With two hosts and two replicas a rolling update that first starts a third pod (`maxSurge`) waits for ever, and with more replicas than " +
    "hosts some never start. `DoNotSchedule` is milder, but with one host down or drained the second replica stays `Pending` just when it is needed. With two hosts, ask softly: " +
    "`ScheduleAnyway`.",
  sources: [
    "https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/",
    "https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#inter-pod-affinity-and-anti-affinity",
  ],
  find,
};

function find(context: AuditContext): readonly Hit[] {
  const hosts = hostCount(context);
  const spread = context.product.spread;
  return context.cluster.workloads
    .filter(({ kind }) => kind === "Deployment" || kind === "StatefulSet")
    .flatMap((workload) => {
      const replicas = Math.max(mostReplicas(workload, context.cluster), spread.has(workload) ? 2 : 0);
      return replicas < 2
        ? []
        : [...antiAffinity(workload, replicas, hosts), ...constraints(workload, replicas, hosts)];
    });
}

function antiAffinity(workload: Workload, replicas: number, hosts: number): readonly Hit[] {
  const terms =
    workload.podSpec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
  const isHard = terms.some(
    ({ topologyKey, labelSelector }) =>
      topologyKey === HOSTNAME && matchesLabels(labelSelector, workload.podLabels),
  );
  const { type, surge, unavailable } = rolloutOf({ ...workload, replicas });
  const isTooMany = replicas > hosts;
  const isStuck = type === "RollingUpdate" && replicas + surge > hosts && unavailable === 0;
  if (!isHard || (!isTooMany && !isStuck)) return [];
  const why = isTooMany ? `${hosts} hosts` : `${hosts} hosts, maxSurge ${surge}, maxUnavailable 0`;
  return [
    {
      subject: subjectOf(workload.object),
      evidence: `required podAntiAffinity on ${HOSTNAME}; ${replicas} replicas, ${why}`,
      fix: `Make it preferred (preferredDuringSchedulingIgnoredDuringExecution)${isTooMany ? "" : ", or set rollingUpdate: { maxSurge: 0, maxUnavailable: 1 }"}.`,
    },
  ];
}

function constraints(workload: Workload, replicas: number, hosts: number): readonly Hit[] {
  const { topologySpreadConstraints = [] } = workload.podSpec;
  return topologySpreadConstraints.flatMap((each) => {
    const { topologyKey, whenUnsatisfiable = "DoNotSchedule", maxSkew = 1, minDomains = 1 } = each;
    if (topologyKey !== HOSTNAME || whenUnsatisfiable !== "DoNotSchedule") return [];
    const isImpossible = minDomains > hosts && replicas > maxSkew;
    // With one host gone everything must fit on the other: within the skew it may.
    if (!isImpossible && replicas <= maxSkew) return [];
    return [
      {
        subject: subjectOf(workload.object),
        evidence: `topologySpreadConstraints: ${HOSTNAME}, maxSkew ${maxSkew}, DoNotSchedule${minDomains > 1 ? `, minDomains ${minDomains}` : ""}; ${replicas} replicas, ${hosts} hosts`,
        fix: "Set whenUnsatisfiable: ScheduleAnyway.",
        ...(isImpossible ? {} : { severity: "warns" as const }),
      },
    ];
  });
}
