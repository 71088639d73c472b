import type { Config } from "../config/config.ts";
import type { PrometheusAccess } from "../metrics/access.ts";
import type { PrometheusApi } from "../metrics/api.ts";
import { createPrometheus } from "../metrics/client.ts";
import { OutgrowError } from "../model/error.ts";
import type { PrometheusSettings } from "../model/settings.ts";
import type { Io } from "./io.ts";
import { resolveSecret } from "./secrets.ts";

/** The production adapters, built here and nowhere else. */
export function connectPrometheus(config: Config, io: Io): PrometheusApi {
  if (config.metrics === "direct") {
    throw new OutgrowError("config", "metrics: direct needs the daemon, which this version does not have.", {
      hint: "Name a Prometheus-compatible API: metrics: { prometheus: { url: … } }.",
    });
  }
  return openPrometheus(config.metrics.prometheus, io);
}

export function openPrometheus(settings: PrometheusSettings, io: Io): PrometheusApi {
  const warn = (text: string) => io.stderr.write(`outgrow: warning: ${text}\n`);
  return createPrometheus(accessTo(settings, io), { warn });
}

function accessTo(settings: PrometheusSettings, io: Io): PrometheusAccess {
  const { url, username, caFile, timeoutMs, password, bearer, headers } = settings;
  const reveal = (ref: typeof password, name: string) =>
    ref === null ? null : resolveSecret(ref, `metrics.prometheus.${name}`, io);
  const headerEntries = Object.entries(headers).map(([name, value]) => [
    name,
    typeof value === "string" ? value : resolveSecret(value, `metrics.prometheus.headers.${name}`, io),
  ]);
  return {
    url,
    username,
    caFile,
    timeoutMs,
    password: reveal(password, "password"),
    bearer: reveal(bearer, "bearer"),
    headers: Object.fromEntries(headerEntries),
  };
}
