import type { SampledSeries } from "../../lab/openMetrics.ts";
import { DAY, type EpochMs, HOUR, MINUTE, type Span } from "../../src/model/time.ts";

/** Monday, 14:32 in New York. */
export const NOW: EpochMs = Date.UTC(2026, 10, 23, 19, 32);
const FROM = NOW - 2 * DAY;
/** Sunday evening, one that ended; and today, one that has lasted for 47 minutes. */
const EVENING: Span = { from: Date.UTC(2026, 10, 23, 0), to: Date.UTC(2026, 10, 23, 1, 30) };
const TODAY: Span = { from: NOW - 48 * MINUTE, to: NOW + MINUTE };
/** One signal alone, and not for long: near, but no more. */
const NOON: Span = { from: Date.UTC(2026, 10, 22, 17), to: Date.UTC(2026, 10, 22, 17, 20) };

/** Two days of Glaze as its exporters would have told them: quiet, but for one evening and just now. */
export function glazeHistory(): readonly SampledSeries[] {
  const isBusy = (at: EpochMs) => isIn(EVENING, at) || isIn(TODAY, at);
  const gauge = (name: string, labels: Readonly<Record<string, string>>, value: (at: EpochMs) => number) =>
    series(name, labels, value);
  return [
    ...cpu((at) => (isBusy(at) ? 0.91 : 0.35)),
    gauge("node_memory_MemTotal_bytes", { instance: "glaze-prod" }, () => 2 * 1024 ** 3),
    gauge("node_memory_MemAvailable_bytes", { instance: "glaze-prod" }, () => 0.76 * 1024 ** 3),
    gauge("pg_stat_activity_count", { datname: "glaze", backend_type: "client backend" }, () => 22),
    gauge("redis_memory_used_bytes", { instance: "redis" }, () => 123 * 1024 ** 2),
    gauge("outgrow_celery_queue_depth", { queue: "celery" }, (at) => (isBusy(at) ? 31 : 2)),
    gauge("outgrow_celery_oldest_task_age_seconds", { queue: "celery" }, (at) =>
      isBusy(at) || isIn(NOON, at) ? 192 : 3,
    ),
    ...traefik((at) => (isBusy(at) ? 0.12 : 0.01)),
  ];
}

function isIn({ from, to }: Span, at: EpochMs): boolean {
  return at >= from && at < to;
}

function series(
  name: string,
  labels: Readonly<Record<string, string>>,
  value: (at: EpochMs) => number,
): SampledSeries {
  const count = (NOW - FROM) / MINUTE + 1;
  const samples = Array.from({ length: count }, (_, index) => FROM + index * MINUTE).map((at) => ({
    at,
    value: value(at),
  }));
  return { name, labels, samples };
}

/** A counter that grows by `perMinute` of the minute before each sample. */
function counter(
  name: string,
  labels: Readonly<Record<string, string>>,
  perMinute: (at: EpochMs) => number,
): SampledSeries {
  let total = 0;
  return series(name, labels, (at) => {
    total += perMinute(at - MINUTE);
    return Math.round(total * 1e6) / 1e6;
  });
}

function cpu(used: (at: EpochMs) => number): readonly SampledSeries[] {
  const labels = { instance: "glaze-prod", cpu: "0" };
  return [
    counter("node_cpu_seconds_total", { ...labels, mode: "user" }, (at) => 60 * used(at)),
    counter("node_cpu_seconds_total", { ...labels, mode: "idle" }, (at) => 60 * (1 - used(at))),
  ];
}

/** 120 requests a minute, with Traefik's default buckets: none at 0.5 or 1, so that a p95 can only be told by its interval. */
function traefik(slow: (at: EpochMs) => number): readonly SampledSeries[] {
  const labels = { service: "default-glaze-web-80@kubernetes", code: "200", method: "GET", protocol: "http" };
  const bucket = (le: string, share: (at: EpochMs) => number) =>
    counter("traefik_service_request_duration_seconds_bucket", { ...labels, le }, (at) => 120 * share(at));
  return [
    bucket("0.1", (at) => 0.9 - slow(at)),
    bucket("0.3", (at) => 1 - slow(at)),
    bucket("1.2", () => 1),
    bucket("5.0", () => 1),
    bucket("+Inf", () => 1),
    counter("traefik_service_requests_total", labels, () => 120),
    counter("traefik_service_requests_total", { ...labels, code: "503" }, (at) =>
      at % HOUR === 0 ? 0.02 : 0,
    ),
  ];
}
