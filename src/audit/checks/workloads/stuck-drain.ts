import type { KubeObject } from "../../../model/facts.ts";
import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { field, subjectOf } from "../../view/kube.ts";
import { share } from "../../view/rollout.ts";
import { matchesLabels } from "../../view/selector.ts";
import type { Workload } from "../../view/workload.ts";

export const stuckDrain: AuditCheck = {
  id: "workloads/stuck-drain",
  severity: "warns",
  title: "A disruption budget stops a drain for ever",
  reason:
    "A drain asks before it evicts each pod. A PodDisruptionBudget that must keep as many pods as there are says no every time (429), and `kubectl drain` asks again for ever. Two budgets over one pod are " +
    "an error of their own (500). Draining a host is how it is rebooted, and how the move is undone.",
  sources: [
    "https://kubernetes.io/docs/tasks/administer-cluster/safely-drain-node/",
    "https://kubernetes.io/docs/tasks/run-application/configure-pdb/",
  ],
  find,
};

function find({ cluster }: AuditContext): readonly Hit[] {
  const near = Map.groupBy(cluster.workloads, ({ namespace }) => namespace);
  const budgets = cluster.of("PodDisruptionBudget").map((budget) => ({
    budget,
    workloads: (near.get(budget.metadata.namespace ?? "default") ?? []).filter((each) =>
      covers(budget, each),
    ),
  }));
  const seen = new Map<Workload, KubeObject>();
  return budgets.flatMap(({ budget, workloads }) => {
    const doubled = workloads.find((workload) => seen.has(workload));
    const first = doubled === undefined ? undefined : seen.get(doubled);
    for (const workload of workloads) seen.set(workload, budget);
    if (first !== undefined && doubled !== undefined) return [twice(budget, first, doubled)];
    return tooStrict(budget, workloads);
  });
}

function covers(budget: KubeObject, { kind, podLabels }: Workload): boolean {
  return (
    ["Deployment", "StatefulSet", "ReplicaSet"].includes(kind) &&
    matchesLabels(field(budget, "spec", "selector"), podLabels)
  );
}

function tooStrict(budget: KubeObject, workloads: readonly Workload[]): readonly Hit[] {
  const pods = workloads.reduce((sum, { replicas }) => sum + (replicas ?? 0), 0);
  const least = field(budget, "spec", "minAvailable");
  const most = field(budget, "spec", "maxUnavailable");
  const allowed =
    least === undefined ? share(most ?? 1, pods, Math.ceil) : pods - share(least, pods, Math.ceil);
  if (pods === 0 || allowed > 0) return [];
  const names = workloads.map(({ object }) => subjectOf(object)).join(", ");
  return [
    {
      subject: subjectOf(budget),
      evidence: `${least === undefined ? `maxUnavailable: ${most}` : `minAvailable: ${least}`}; ${names} has ${pods} ${pods === 1 ? "replica" : "replicas"}, so no pod may ever be evicted`,
      fix: `Write maxUnavailable: 1 in place of it: kubectl -n ${budget.metadata.namespace ?? "default"} patch pdb ${budget.metadata.name} --type merge -p '{"spec":{"minAvailable":null,"maxUnavailable":1}}'`,
    },
  ];
}

function twice(budget: KubeObject, first: KubeObject, workload: Workload): Hit {
  return {
    subject: subjectOf(budget),
    evidence: `${subjectOf(workload.object)} is covered by ${subjectOf(first)} too`,
    fix: `Keep one of the two: kubectl -n ${budget.metadata.namespace ?? "default"} delete pdb ${budget.metadata.name}`,
  };
}
