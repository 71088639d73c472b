import { parseAllDocuments } from "yaml";
import type { AuditContext } from "../context.ts";
import { deployFiles } from "./deployFiles.ts";
import { field, subjectOf } from "./kube.ts";

/** What a collector's configuration lets through of all metrics. */
export interface MetricFilter {
  /** `ConfigMap default/glaze-otelcol`, `file otel/values.yaml` */
  readonly subject: string;
  /** `keep` lets only these through, `drop` all but these. */
  readonly kind: "keep" | "drop";
  /** As it stands there: `filter/keep`, `metric_relabel_configs`. */
  readonly place: string;
  readonly names: readonly string[];
  /** The collector's own names have dots, Prometheus' have none. */
  readonly dialect: "otel" | "prometheus";
  readonly matches: (name: string) => boolean;
}

/** Every filter by metric name, in ConfigMaps and in the repository's files. */
export function metricFilters(context: AuditContext): readonly MetricFilter[] {
  const inCluster = context.cluster.of("ConfigMap").flatMap((map) => {
    const data = field(map, "data");
    const texts = typeof data === "object" && data !== null ? Object.values(data) : [];
    return texts.flatMap((text: unknown) =>
      typeof text === "string" ? filtersIn(text, subjectOf(map)) : [],
    );
  });
  const inFiles = deployFiles(context)
    .filter(({ path, text }) => /\.ya?ml$/.test(path) && !text.includes("{{"))
    .flatMap(({ path, text }) => filtersIn(text, `file ${path}`));
  return [...inCluster, ...inFiles];
}

/** Cheap to ask before anything is parsed. */
const HINT = /metric_names|__name__/;

function filtersIn(text: string, subject: string): readonly MetricFilter[] {
  if (!HINT.test(text)) return [];
  return (
    parseAllDocuments(text, { logLevel: "silent" })
      .flatMap((document) => ("errors" in document && document.errors.length === 0 ? [document.toJS()] : []))
      // A manifest among the files is an object of its own, and was asked as one.
      .filter((value: unknown) => field(value, "apiVersion") === undefined)
      .flatMap((value: unknown) => walk(value, [], subject))
  );
}

function walk(value: unknown, path: readonly string[], subject: string): readonly MetricFilter[] {
  if (typeof value === "string") {
    // A chart's values may hold the configuration as text.
    return value.includes("\n") ? filtersIn(value, subject) : [];
  }
  if (typeof value !== "object" || value === null) return [];
  const own = collectorFilter(value, path, subject) ?? relabelFilter(value, path, subject);
  if (own !== null) return [own];
  return Object.entries(value).flatMap(([key, inner]) =>
    walk(inner, Array.isArray(value) ? path : [...path, key], subject),
  );
}

/** https://github.com/open-telemetry/opentelemetry-collector-contrib/tree/main/processor/filterprocessor */
function collectorFilter(value: object, path: readonly string[], subject: string): MetricFilter | null {
  const names = field(value, "metric_names");
  const key = path.at(-1);
  if (!Array.isArray(names) || (key !== "include" && key !== "exclude")) return null;
  const texts = names.map(String);
  return {
    subject,
    kind: key === "include" ? "keep" : "drop",
    place: path.find((each) => each.startsWith("filter")) ?? path.join("."),
    names: texts,
    dialect: "otel",
    matches:
      field(value, "match_type") === "regexp"
        ? anyPattern(texts, (text) => text)
        : (name) => texts.some((text) => baseOf(underscored(text)) === baseOf(name)),
  };
}

/** https://prometheus.io/docs/prometheus/latest/configuration/configuration/#relabel_config */
function relabelFilter(value: object, path: readonly string[], subject: string): MetricFilter | null {
  const labels = field(value, "source_labels");
  const action = field(value, "action");
  const pattern = field(value, "regex");
  const isByName = Array.isArray(labels) && labels.length === 1 && labels[0] === "__name__";
  if (!isByName || typeof pattern !== "string" || (action !== "keep" && action !== "drop")) return null;
  return {
    subject,
    kind: action,
    place: path.at(-1) ?? "relabel_configs",
    names: [pattern],
    dialect: "prometheus",
    matches: anyPattern([pattern], (text) => `^(?:${text})$`),
  };
}

/** A pattern that is none matches all: no finding is built on it. */
function anyPattern(texts: readonly string[], whole: (text: string) => string): (name: string) => boolean {
  const patterns = texts.map((text) => patternOf(whole(text.replaceAll(/\\\.|\[\.\]/g, "[._]"))));
  return (name) =>
    patterns.some((pattern) => pattern === null || pattern.test(name) || pattern.test(baseOf(name)));
}

function patternOf(text: string): RegExp | null {
  try {
    return new RegExp(text);
  } catch {
    return null;
  }
}

export function underscored(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9_:]/g, "_");
}

/** Without what OTLP and histograms append: `system_cpu_time_seconds_total` is `system_cpu_time`. */
export function baseOf(name: string): string {
  return name.replace(/(_(bucket|count|sum|total|ratio|seconds|milliseconds|bytes))+$/, "");
}
