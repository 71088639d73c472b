import type { Scope, SignalOptions } from "../model/settings.ts";
import { allPriorities, exporterLength, queueLists } from "./celeryQueue.ts";
import type { SignalDefinition, Source } from "./definition.ts";
import { PROBE } from "./probeMetrics.ts";
import { orZeroWhile, type Select, selectWith } from "./promql.ts";

export const celeryDepth: SignalDefinition = {
  id: "celery-depth",
  title: "waiting Celery tasks",
  unit: "count",
  nature: { kind: "level" },
  defaults: { watch: 20, act: 50 },
  relief: {
    secondNode: "yes",
    otherwise: "raise the worker's concurrency while the node has CPU to spare",
  },
  sources,
  unmeasured: {
    why: "no length of the Celery queue",
    fix:
      "Run outgrow probe, which adds up all priorities; or celery-exporter while a worker is up, from which it learns the queues; or " +
      "redis_exporter --check-single-keys=db0=celery.",
  },
};

function sources({ match }: Scope, options: SignalOptions): readonly Source[] {
  const select = selectWith(match, options.match);
  const { queue } = options;
  const probed = select(PROBE.celeryDepth, { queue });
  const length = exporterLength(select, queue);
  return [
    { id: "outgrow-probe", needs: [probed], reading: { kind: "value", expr: `max(${probed})` } },
    keySize(select, queue),
    {
      id: "celery-exporter",
      needs: [length],
      reading: { kind: "value", expr: allPriorities(length) },
      caveat:
        "celery-exporter counts the list of priority 0 unless it is told the others with --queues; tasks a worker has prefetched are in no list",
    },
  ];
}

/**
 * Redis drops a list with its last element, so an empty queue is a missing key: 0 for `--check-single-keys`, but
 * no sample for `--check-keys` (measured with 1.45). That it is looked at is shown by a sample within the
 * last day; that it is empty, by Redis being up.
 */
function keySize(select: Select, queue: string): Source {
  const size = select("redis_key_size", { key: queueLists(queue) });
  const isUp = `${select("redis_up")} == 1`;
  return {
    id: "redis_exporter",
    needs: [`present_over_time(${size}[1d])`, select("redis_up")],
    reading: { kind: "value", expr: orZeroWhile(isUp, allPriorities(size)) },
    caveat: "tasks a worker has prefetched are in no list",
  };
}
