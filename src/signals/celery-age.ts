import type { Scope, SignalOptions } from "../model/settings.ts";
import { allPriorities, exporterLength } from "./celeryQueue.ts";
import type { SignalDefinition, Source } from "./definition.ts";
import { PROBE } from "./probeMetrics.ts";
import { anyOf, type Select, selectWith } from "./promql.ts";
import { total } from "./ratio.ts";

export const celeryAge: SignalDefinition = {
  id: "celery-age",
  title: "age of the oldest waiting Celery task",
  unit: "seconds",
  nature: { kind: "level" },
  defaults: { watch: 30, act: 120 },
  relief: {
    secondNode: "yes",
    otherwise: "raise the worker's concurrency while the node has CPU to spare",
  },
  sources,
  unmeasured: {
    why: "nothing tells the age of a waiting Celery task",
    fix:
      "Run outgrow probe, which reads the oldest message. Without it, celery-exporter's celery_task_queue_wait_time " +
      "(task_send_sent_event = True and worker_send_task_events = True in Celery) tells how long started tasks had waited.",
  },
};

function sources({ match }: Scope, options: SignalOptions): readonly Source[] {
  const select = selectWith(match, options.match);
  const probed = select(PROBE.celeryAge, { queue: options.queue });
  return [
    { id: "outgrow-probe", needs: [probed], reading: { kind: "value", expr: `max(${probed})` } },
    startedWait(select, options.queue),
    littlesLaw(select, options.queue),
  ];
}

/** 99 % rather than all: the last digit of a sum of rates must not put the worst task into the next bucket. */
function startedWait(select: Select, queue: string): Source {
  const wait = select("celery_task_queue_wait_time_bucket", { queue_name: queue });
  const length = exporterLength(select, queue);
  const started = startedTasks(select, queue);
  const waited = `histogram_quantile(0.99, sum by (le) (rate(${wait}[5m]))) >= 0`;
  return {
    id: "celery-exporter-wait",
    needs: [wait, length, started],
    reading: { kind: "value", expr: orAtRest(waited, length, started) },
    caveat:
      "the wait of the tasks started in the last 5 min (99 % waited less), to the width of a bucket; at a standstill 5 min, if it has lasted that long",
  };
}

/** https://en.wikipedia.org/wiki/Little%27s_law */
function littlesLaw(select: Select, queue: string): Source {
  const length = exporterLength(select, queue);
  const started = startedTasks(select, queue);
  const wait = `${allPriorities(length)} / (${total("rate", started)} > 0)`;
  return {
    id: "celery-exporter-estimate",
    needs: [length, started],
    reading: { kind: "value", expr: orAtRest(wait, length, started) },
    caveat:
      "an estimate (Little's law): waiting tasks over tasks started per second; at a standstill 5 min, if it has lasted that long",
  };
}

/** Tasks that sent no `task-sent` event have a queue of `None`. */
function startedTasks(select: Select, queue: string): string {
  return select("celery_task_started_total", { queue_name: anyOf(queue, "None", "") });
}

/** A wait that is told by started tasks falls silent when none starts: then it is 5 min and more, or, of an empty queue, 0. */
function orAtRest(wait: string, length: string, started: string): string {
  return `(${wait}) or ${standstill(length, started)} or (${allPriorities(length)} == 0)`;
}

/**
 * 300 s, when a list has not been empty for 5 min while no task was started. A counter that
 * only just appeared has no rate yet but has counted; one that was purged has not.
 */
function standstill(length: string, started: string): string {
  const neverEmpty = `(min_over_time(${length}[5m]) > 0) and (${length} offset 5m > 0)`;
  const before = `(sum(${started} offset 5m) or 0 * sum(${started}))`;
  const isMoving = `sum(${started}) > ${before} or ${total("rate", started)} > 0`;
  return `((300 + 0 * max(${neverEmpty})) unless (${isMoving}))`;
}
