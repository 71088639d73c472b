import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { baseOf, type MetricFilter, metricFilters } from "../../view/metricFilters.ts";
import { SIGNAL_NEEDS, type SignalNeeds } from "../../view/signalNeeds.ts";

export const droppedMetrics: AuditCheck = {
  id: "signals/dropped-metrics",
  severity: "warns",
  title: "The collector throws away what the rule needs",
  reason:
    "A list of metric names that may pass keeps a free tier free, and is written once. A signal whose metrics are not on it has no data, or, " +
    "worse, half of what it needs: periods without throttled periods read as no throttling at all. The names are those of the signals' own catalogue.",
  sources: [
    "https://github.com/open-telemetry/opentelemetry-collector-contrib/tree/main/processor/filterprocessor",
    "https://prometheus.io/docs/prometheus/latest/configuration/configuration/#metric_relabel_configs",
  ],
  find,
};

/** One list may be of one collector among several: a signal is lost when none of them lets it through. */
function find(context: AuditContext): readonly Hit[] {
  const filters = metricFilters(context).filter((filter) => isOfAll(filter, context));
  if (filters.length === 0) return [];
  const collectors = [...Map.groupBy(filters, ({ subject }) => subject).values()];
  const lost = wanted(context).filter(
    ({ sources }) => !sources.some(({ metrics }) => collectors.some((each) => metrics.every(passes(each)))),
  );
  return lost.length === 0 ? [] : [hitOf(filters, lost)];
}

/** A filter of one scrape job says nothing of the others: then only a signal that is known to lack data counts. */
function isOfAll({ place }: MetricFilter, { facts }: AuditContext): boolean {
  return place !== "metric_relabel_configs" || facts.signals !== null;
}

function wanted({ facts }: AuditContext): readonly SignalNeeds[] {
  const { signals } = facts;
  if (signals === null) return SIGNAL_NEEDS;
  return SIGNAL_NEEDS.filter(({ signal }) =>
    signals.some(({ id, source }) => id === signal && source === null),
  );
}

function passes(filters: readonly MetricFilter[]): (name: string) => boolean {
  const keeps = filters.filter(({ kind }) => kind === "keep");
  const drops = filters.filter(({ kind }) => kind === "drop");
  return (name) =>
    (keeps.length === 0 || keeps.some(({ matches }) => matches(name))) &&
    !drops.some(({ matches }) => matches(name));
}

function hitOf(filters: readonly MetricFilter[], lost: readonly SignalNeeds[]): Hit {
  const places = filters.map(({ kind, place, names, dialect }) =>
    dialect === "otel"
      ? `${place} ${kind === "keep" ? "lets through" : "drops"} ${names.join(", ")}`
      : `${place}: action: ${kind}, regex: ${names.join()}`,
  );
  return {
    subject: [...new Set(filters.map(({ subject }) => subject))].join(", "),
    evidence: `${places.join("; ")} — which leaves no source for ${lost.map(({ signal }) => signal).join(", ")}`,
    fix: fixOf(filters, lost),
  };
}

function fixOf(filters: readonly MetricFilter[], lost: readonly SignalNeeds[]): string {
  const dialect = filters[0]?.dialect ?? "otel";
  const signalsByName = new Map<string, readonly string[]>();
  for (const needs of lost) {
    for (const name of missingNames(needs, filters)) {
      signalsByName.set(name, [...(signalsByName.get(name) ?? []), needs.signal]);
    }
  }
  const names = [...signalsByName.keys()];
  return dialect === "prometheus"
    ? `Let these pass as well: ${names.join("|")}`
    : `Let these pass as well:\n${names.map((name) => `- ${name} # ${signalsByName.get(name)?.join(", ")}`).join("\n")}`;
}

/** Of the source of which most is there already; of equals the first that speaks the collector's language. */
function missingNames({ sources }: SignalNeeds, filters: readonly MetricFilter[]): readonly string[] {
  const isThere = passes(filters);
  const isOtel = filters.some(({ dialect }) => dialect === "otel");
  const [best] = sources
    .map(({ source, metrics }) => ({
      metrics,
      isNative: isOtel && source.startsWith("otel"),
      share: metrics.filter(isThere).length / metrics.length,
    }))
    .toSorted((a, b) => b.share - a.share || Number(b.isNative) - Number(a.isNative));
  const missing = best?.metrics.filter((name) => !isThere(name)) ?? [];
  return [...new Set(missing.map((name) => (best?.isNative === true ? dotted(name) : whole(name, isOtel))))];
}

/** `system_memory_usage_bytes` is `system.memory.usage` inside the collector. */
function dotted(name: string): string {
  return baseOf(name).replaceAll("_", ".");
}

/** A histogram is one metric to the collector, three to Prometheus. */
function whole(name: string, isOtel: boolean): string {
  return isOtel ? name.replace(/_bucket$|(?<=_duration_seconds)_count$/, "") : name;
}
