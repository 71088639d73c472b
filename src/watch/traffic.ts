import type { HourlyTraffic } from "../config/draft/busyHours.ts";
import type { PrometheusApi } from "../metrics/api.ts";
import { alignedGrid, DAY, type EpochMs, HOUR, instantAt } from "../model/time.ts";

const HORIZON = 28 * DAY;
/** The first that has any data tells; the user's own traffic is what an ingress saw. */
const COUNTERS = [
  "traefik_service_requests_total",
  "traefik_entrypoint_requests_total",
  "http_server_request_duration_seconds_count",
];

/** Requests a second, hour by hour over four weeks; empty when nothing counted them. */
export async function readTraffic(api: PrometheusApi, now: EpochMs): Promise<readonly HourlyTraffic[]> {
  const grid = alignedGrid(now - HORIZON, now, HOUR);
  for (const counter of COUNTERS) {
    const [series] = await api.queryRange(`sum(rate(${counter}[1h]))`, grid);
    const traffic = [...(series?.values ?? [])].map((value, index) => ({
      at: instantAt(grid, index),
      value,
    }));
    const known = traffic.filter(({ value }) => Number.isFinite(value));
    if (known.length > 0) return known;
  }
  return [];
}
