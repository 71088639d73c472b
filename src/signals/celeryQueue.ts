import { literal, type Select } from "./promql.ts";

/**
 * A queue's list in Redis and those of its lower priorities, `celery\x06\x163`.
 * https://docs.celeryq.dev/en/stable/userguide/routing.html#redis-message-priorities
 */
export function queueLists(queue: string): string {
  return `=~${literal(queue)}(\u0006\u0016[0-9]+)?`;
}

/** All lists of one broker added up; where two exporters watch it, once. */
export function allPriorities(selector: string): string {
  return `max(sum by (job, instance, db) (${selector}))`;
}

/** celery-exporter's length of a queue, which is that of the lists it was told of. */
export function exporterLength(select: Select, queue: string): string {
  return select("celery_queue_length", { queue_name: queueLists(queue) });
}
