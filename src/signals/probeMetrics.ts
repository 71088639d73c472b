/**
 * What our own `probe` exports: all gauges, the same names as `/metrics` and over OTLP.
 * An OTLP instrument must not have the unit `1`, or the gauge is renamed to `…_ratio`.
 * There is no Postgres latency among them: the server keeps totals, so that only its clients can tell a quantile.
 */
export const PROBE = {
  /** `{target}`: 1 while the server behind the numbers answers. */
  up: "outgrow_up",
  /** `{queue}`: waiting messages of all priorities; 0, not absent, while the queue is empty. */
  celeryDepth: "outgrow_celery_queue_depth",
  /** `{queue}`: since the oldest waiting message was published; 0 while the queue is empty, absent while messages do not say. */
  celeryAge: "outgrow_celery_oldest_task_age_seconds",
} as const;
