import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { celeryOf } from "../../view/celery.ts";
import { subjectOf } from "../../view/kube.ts";

const DEFAULT_SECONDS = 30;

export const workerGrace: AuditCheck = {
  id: "workloads/worker-grace",
  severity: "warns",
  title: "A worker is killed in the middle of its task",
  reason:
    "A worker that is told to stop finishes its task first, but Kubernetes kills it after 30 seconds unless the pod asks for more. A task that is killed is lost, or with `acks_late` comes again after the visibility timeout, an hour later. " +
    "Each rollout and each drain of the move stops every worker. Celery 5.5's soft shutdown puts unfinished tasks back.",
  sources: [
    "https://docs.celeryq.dev/en/stable/userguide/workers.html",
    "https://docs.celeryq.dev/en/stable/getting-started/backends-and-brokers/redis.html",
  ],
  find,
};

function find({ cluster }: AuditContext): readonly Hit[] {
  return cluster.workloads
    .filter((workload) => celeryOf(workload).some(({ role }) => role === "worker"))
    .filter(({ podSpec }) => (podSpec.terminationGracePeriodSeconds ?? DEFAULT_SECONDS) <= DEFAULT_SECONDS)
    .map(({ object, podSpec }) => ({
      subject: subjectOf(object),
      evidence:
        podSpec.terminationGracePeriodSeconds === undefined
          ? `no terminationGracePeriodSeconds, so ${DEFAULT_SECONDS} s`
          : `terminationGracePeriodSeconds: ${podSpec.terminationGracePeriodSeconds}`,
      fix: "Set terminationGracePeriodSeconds to a little more than the longest task takes, and with Celery 5.5 worker_soft_shutdown_timeout to a little less.",
    }));
}
