import { read, type Stored } from "../object.ts";
import { list, setStatus, timeText, type World } from "../world.ts";
import { isOver, ownPods, startPod } from "./pods.ts";

/** Runs each Job's pod once; a pod of a Job ends by itself (see the kubelet). CronJobs start nothing here. */
export function jobs(world: World): void {
  for (const job of list(world, "jobs")) {
    const isSuspended = read(job, "spec", "suspend") === true;
    if (job.metadata.deletionTimestamp !== undefined || isSuspended || isDone(job)) continue;
    const pods = ownPods(world, job);
    if (pods.length === 0) startPod(world, job);
    report(world, job, pods);
  }
}

function report(world: World, job: Stored, pods: readonly Stored[]): void {
  const now = timeText(world.now());
  const startTime = read<string>(job, "status", "startTime") ?? now;
  const ended = pods.find(isOver);
  if (ended === undefined) {
    setStatus(world, "jobs", job, { startTime, active: 1, ready: 0, terminating: 0 });
    return;
  }
  const hasFailed = read(ended, "status", "phase") === "Failed";
  const condition = hasFailed
    ? {
        type: "Failed",
        status: "True",
        reason: "BackoffLimitExceeded",
        message: "Job has reached the specified backoff limit",
      }
    : {
        type: "Complete",
        status: "True",
        reason: "CompletionsReached",
        message: "Reached expected number of succeeded pods",
      };
  setStatus(world, "jobs", job, {
    startTime,
    ...(hasFailed ? { failed: 1 } : { succeeded: 1, completionTime: now }),
    ready: 0,
    terminating: 0,
    conditions: [{ ...condition, lastProbeTime: now, lastTransitionTime: now }],
  });
}

function isDone(job: Stored): boolean {
  return (read<readonly unknown[]>(job, "status", "conditions") ?? []).length > 0;
}
