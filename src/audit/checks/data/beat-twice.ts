import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { type CeleryContainer, celeryOf } from "../../view/celery.ts";
import { subjectOf } from "../../view/kube.ts";
import { mostReplicas, rolloutOf } from "../../view/rollout.ts";
import type { Workload } from "../../view/workload.ts";

export const beatTwice: AuditCheck = {
  id: "data/beat-twice",
  severity: "blocks",
  title: "Celery's schedule would run twice",
  reason:
    "Only one beat may run: two send every periodic task twice, and the customer gets two invoices. `worker -B` runs one in each worker pod, so a second replica is a second schedule. " +
    "A beat Deployment with the usual rolling update has two for the length of each rollout. A scheduler with a lock (RedBeat) may have several.",
  sources: [
    "https://docs.celeryq.dev/en/stable/userguide/periodic-tasks.html",
    "https://docs.celeryq.dev/en/stable/userguide/workers.html",
  ],
  find,
};

function find(context: AuditContext): readonly Hit[] {
  const spread = context.product.spread;
  return context.cluster.workloads.flatMap((workload) => {
    const beat = celeryOf(workload).find(({ hasBeat, hasLock }) => hasBeat && !hasLock);
    if (beat === undefined) return [];
    return beat.role === "worker"
      ? embedded(workload, beat, spread.has(workload), context)
      : alone(workload, beat, context);
  });
}

function embedded(
  workload: Workload,
  { container }: CeleryContainer,
  isSpread: boolean,
  { cluster }: AuditContext,
): readonly Hit[] {
  const most = mostReplicas(workload, cluster);
  if (most < 2 && !isSpread) return [];
  const pods = most > 1 ? `up to ${most} pods` : "one pod now, two after the move";
  return [
    {
      subject: subjectOf(workload.object),
      evidence: `container ${container.name}: ${line(container)}; ${pods}`,
      fix: `Take -B out of ${subjectOf(workload.object)} and give beat a Deployment of its own with replicas: 1 and strategy: { type: Recreate }.`,
    },
  ];
}

function alone(
  workload: Workload,
  { container }: CeleryContainer,
  { cluster }: AuditContext,
): readonly Hit[] {
  const most = mostReplicas(workload, cluster);
  const { type, surge } = rolloutOf(workload);
  if (most < 2 && surge === 0) return [];
  return [
    {
      subject: subjectOf(workload.object),
      evidence: `container ${container.name}: ${line(container)}; ${most > 1 ? `${most} replicas` : `strategy ${type}, so ${most + surge} pods in a rollout`}`,
      fix: `In ${subjectOf(workload.object)} set replicas: 1 and strategy: { type: Recreate }.`,
      ...(most > 1 ? {} : { severity: "warns" as const }),
    },
  ];
}

function line({ command = [], args = [] }: CeleryContainer["container"]): string {
  return [...command, ...args].join(" ");
}
