import { isMap } from "yaml";
import type { SecretRef } from "../model/secret.ts";
import type { Labels, PrometheusSettings } from "../model/settings.ts";
import { SECOND } from "../model/time.ts";
import type { Config } from "./config.ts";
import type { Cursor } from "./cursor.ts";
import { isMapping, readDuration, readSecret, readText, required, scalarOf } from "./readers.ts";

export const PROMETHEUS_KEYS = [
  "url",
  "username",
  "password",
  "bearer",
  "headers",
  "caFile",
  "timeout",
  "match",
] as const;

const DEFAULT_TIMEOUT_MS = 30 * SECOND;
const EXAMPLE = "metrics: { prometheus: { url: http://localhost:9090 } }";

/** Where the metrics are, and the labels that every selector gets. */
export interface MetricsSection {
  readonly metrics: Config["metrics"];
  readonly match: Labels;
}

export function readMetrics(cursor: Cursor): MetricsSection {
  const nothing: MetricsSection = { metrics: "direct", match: {} };
  if (cursor.node === null) {
    cursor.problem("metrics is missing.", `Write ${EXAMPLE}.`);
    return nothing;
  }
  if ("value" in cursor.node && cursor.node.value === "direct") return nothing;
  if (!isMapping(cursor, ["prometheus"])) return nothing;
  const prometheus = cursor.get("prometheus");
  if (prometheus.node === null) prometheus.problem("metrics.prometheus is missing.", `Write ${EXAMPLE}.`);
  if (!isMapping(prometheus, PROMETHEUS_KEYS)) return nothing;
  return {
    metrics: { prometheus: readPrometheus(prometheus) },
    match: readLabels(prometheus.get("match")) ?? {},
  };
}

function readPrometheus(cursor: Cursor): PrometheusSettings {
  const settings = {
    url: required(cursor.get("url"), readUrl, "url: https://prometheus.example") ?? "",
    username: readUsername(cursor.get("username")) ?? null,
    password: readSecret(cursor.get("password")) ?? null,
    bearer: readSecret(cursor.get("bearer")) ?? null,
    headers: readHeaders(cursor.get("headers")) ?? {},
    caFile: readText(cursor.get("caFile")) ?? null,
    timeoutMs: readDuration(cursor.get("timeout")) ?? DEFAULT_TIMEOUT_MS,
  };
  checkCredentials(cursor);
  return settings;
}

/** One way in is enough; half of one is none. */
function checkCredentials(cursor: Cursor): void {
  const has = (key: string) => cursor.get(key).node !== null;
  if (has("bearer") && (has("username") || has("password"))) {
    cursor
      .get("bearer")
      .problem("metrics.prometheus has both a bearer and a username or password.", "Keep one of the two.");
  } else if (has("username") && !has("password")) {
    cursor
      .get("username")
      .problem("metrics.prometheus.username stands without a password.", "Add password: { env: NAME }.");
  } else if (has("password") && !has("username")) {
    cursor
      .get("password")
      .problem(
        "metrics.prometheus.password stands without a username.",
        "Add username; Grafana Cloud's is the number of the stack's metrics instance.",
      );
  }
}

/** Never shows what it read: a URL may carry a password. */
function readUrl(cursor: Cursor): string | undefined {
  const url = readText(cursor);
  if (url === undefined) return undefined;
  const host = /^https?:\/\/([^/?#]+)/i.exec(url)?.[1];
  if (host === undefined) cursor.problem(`${cursor.path} must begin with http:// or https://.`);
  else if (host.includes("@")) {
    cursor.problem(
      `${cursor.path} must not hold a user or password.`,
      "Use username and password, or bearer.",
    );
  } else if (/[?#]/.test(url)) cursor.problem(`${cursor.path} must end before a ? or #.`);
  return url;
}

/** Grafana Cloud's is a number. */
function readUsername(cursor: Cursor): string | undefined {
  const value = scalarOf(cursor);
  return value === undefined ? undefined : String(value);
}

function readHeaders(cursor: Cursor): Record<string, string | SecretRef> | undefined {
  if (cursor.node === null) return undefined;
  const headers: Record<string, string | SecretRef> = {};
  for (const [name, value] of mappingEntries(cursor)) {
    const header = readHeader(name, value);
    if (header !== undefined) headers[name] = header;
  }
  return headers;
}

function readHeader(name: string, value: Cursor): string | SecretRef | undefined {
  if (!/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/.test(name)) {
    value.problem("metrics.prometheus.headers has a name that is no header's.");
    return undefined;
  }
  const isSecretByName = /^(authorization|cookie|proxy-authorization)$|token|secret|key/i.test(name);
  return isSecretByName || (value.node !== null && "items" in value.node)
    ? readSecret(value)
    : readText(value);
}

/** Label names and values; a value may begin with `=~`, `!~` or `!=`. */
export function readLabels(cursor: Cursor): Labels | undefined {
  if (cursor.node === null) return undefined;
  const labels: Record<string, string> = {};
  for (const [name, value] of mappingEntries(cursor)) {
    const text = scalarOf(value);
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
      value.problem(`${value.path} is no label: letters, digits and _ make a label's name.`);
    } else if (text !== undefined) labels[name] = String(text);
  }
  return labels;
}

function mappingEntries(cursor: Cursor): ReturnType<Cursor["entries"]> {
  if (isMap(cursor.node) && cursor.entries().length > 0) return cursor.entries();
  cursor.problem(`${cursor.path} must be a mapping of names to values.`);
  return [];
}
