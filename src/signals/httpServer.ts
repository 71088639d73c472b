import type { Labels, Workload } from "../model/settings.ts";
import { literal } from "./promql.ts";

/** Series of `http.server.request.duration`, and what picks the web workload's among them. */
export interface HttpServer {
  readonly id: string;
  /** Without `_bucket` and `_count`. */
  readonly metric: string;
  readonly labels: Labels;
  readonly caveat?: string;
}

/**
 * The name that the OpenTelemetry conventions give a server's requests, as Prometheus writes it: with the unit, or
 * without it where suffixes are off. https://opentelemetry.io/docs/specs/semconv/http/http-metrics/
 */
export function httpServers(web: Workload | null): readonly HttpServer[] {
  return choices(web).flatMap((choice) => [
    { ...choice, metric: "http_server_request_duration_seconds" },
    { ...choice, id: `${choice.id}-unsuffixed`, metric: "http_server_request_duration" },
  ]);
}

/** Resource attributes become labels, or only the `job`, which is `service.namespace/service.name`. */
function choices(web: Workload | null): readonly Omit<HttpServer, "metric">[] {
  if (web === null) return [EVERY_SERVER];
  const deployment = { k8s_namespace_name: web.namespace, k8s_deployment_name: web.name };
  return [
    { id: "otel-http-server-of-deployment", labels: deployment },
    { id: "otel-http-server-of-job", labels: { job: `=~(.+/)?${literal(web.name)}` } },
    EVERY_SERVER,
  ];
}

const EVERY_SERVER = {
  id: "otel-http-server",
  labels: {},
  caveat: "all HTTP servers that report it are in it, not web alone",
};
