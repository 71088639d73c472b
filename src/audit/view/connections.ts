import type { AuditContext } from "../context.ts";
import { celeryOf } from "./celery.ts";
import { numberOf, optionOf, variableIn, wordsOf } from "./commandLine.ts";
import type { Container } from "./kube.ts";
import { mostReplicas, rolloutOf } from "./rollout.ts";
import type { Workload } from "./workload.ts";

/** How many database connections a workload may hold. */
export interface Connections {
  readonly workload: Workload;
  readonly pods: number;
  /** More pods while a rollout runs. */
  readonly surge: number;
  /** By each pod. */
  readonly each: number;
  /** `2 workers × 4 threads` */
  readonly because: string;
}

/** Counted as the target has it: what is spread has two pods at least. */
export function connectionsOf(workload: Workload, context: AuditContext): Connections {
  const isSpread = context.product.spread.has(workload);
  const isRunning = workload.kind === "Deployment" || workload.kind === "StatefulSet";
  const pods = Math.max(mostReplicas(workload, context.cluster), isSpread ? 2 : 0);
  const parts = (workload.podSpec.containers ?? []).map((container) =>
    processesOf(container, workload, context),
  );
  return {
    workload,
    // A CronJob, a hook or a DaemonSet on each host: one at a time is the least.
    pods: isRunning ? pods : 1,
    surge: isRunning ? rolloutOf({ ...workload, replicas: pods }).surge : 0,
    each: Math.max(1, ...parts.map(({ count }) => count)),
    because: parts.toSorted((a, b) => b.count - a.count)[0]?.because ?? "no command",
  };
}

interface Processes {
  readonly count: number;
  readonly because: string;
}

const SERVER = /(^|\/)(gunicorn|uwsgi|uvicorn|granian|hypercorn|daphne)$/;

function processesOf(container: Container, workload: Workload, context: AuditContext): Processes {
  const celery = celeryOf(workload).find((each) => each.container === container && each.role === "worker");
  if (celery !== undefined) return celeryProcesses(container, celery.words, context);
  const words = wordsOf(container);
  const start = words.findIndex((word) => SERVER.test(word));
  if (start !== -1) return serverProcesses(container, words.slice(start + 1));
  return { count: 1, because: words.length === 0 ? "its command is in the image" : "one process" };
}

function serverProcesses({ env = [] }: Container, words: readonly string[]): Processes {
  const all = [...words, ...(variableIn(env, "GUNICORN_CMD_ARGS") ?? "").split(/\s+/)];
  const workers =
    numberOf(optionOf(all, "--workers", "-w", "--processes", "-p"), env) ??
    numberOf(variableIn(env, "WEB_CONCURRENCY")) ??
    1;
  const threads = numberOf(optionOf(all, "--threads"), env) ?? 1;
  return { count: workers * threads, because: `${count(workers, "worker")} × ${count(threads, "thread")}` };
}

/** Without `--concurrency` Celery starts a process for each CPU of the host. */
function celeryProcesses(
  { env = [] }: Container,
  words: readonly string[],
  { facts }: AuditContext,
): Processes {
  const autoscale = optionOf(words, "--autoscale")?.split(",")[0] ?? null;
  const written =
    numberOf(autoscale, env) ??
    numberOf(optionOf(words, "--concurrency", "-c"), env) ??
    numberOf(variableIn(env, "CELERY_WORKER_CONCURRENCY"));
  if (written !== null) return { count: written, because: `concurrency ${written}` };
  const cpus = Math.max(1, ...Object.values(facts.hosts).map((host) => host.cpus ?? 0));
  return { count: cpus, because: `no --concurrency: ${count(cpus, "CPU")}` };
}

function count(value: number, noun: string): string {
  return `${value} ${noun}${value === 1 ? "" : "s"}`;
}
