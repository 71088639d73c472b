import type { Scope, SignalOptions } from "../../model/settings.ts";
import { CATALOGUE } from "../../signals/catalogue.ts";
import type { Source } from "../../signals/definition.ts";

/** What a signal's source reads, by Prometheus' names. */
export interface SourceNeeds {
  /** `otel-hostmetrics` */
  readonly source: string;
  readonly metrics: readonly string[];
}

export interface SignalNeeds {
  readonly signal: string;
  /** Best first; any one of them is enough. */
  readonly sources: readonly SourceNeeds[];
}

const OPERATORS = new Set([
  "and",
  "or",
  "unless",
  "offset",
  "bool",
  "by",
  "on",
  "without",
  "group_left",
  "NaN",
  "Inf",
]);
/** The configured limit stands in for them. */
const SPOKEN_FOR = new Set(["redis_memory_max_bytes", "redis_maxmemory_bytes"]);

const ANY_SCOPE: Scope = { match: {}, web: null, worker: null, database: null, redisLimitBytes: 0 };
const ANY_OPTIONS: SignalOptions = { match: {}, of: 1, queue: "celery", minRequests: 0 };
const HOUR_MS = 3_600_000;

/** The catalogue's own selectors, without their labels. */
export const SIGNAL_NEEDS: readonly SignalNeeds[] = CATALOGUE.map(({ id, sources }) => ({
  signal: id,
  sources: sources(ANY_SCOPE, ANY_OPTIONS, HOUR_MS).map((source) => ({
    source: source.id,
    metrics: metricsOf(source),
  })),
}));

/** All it reads: what is only missed at times (a counter of kills, say) would silently read as none. */
function metricsOf({ needs, reading }: Source): readonly string[] {
  const texts = reading.kind === "value" ? [...needs, reading.expr] : [...needs, ...bucketsOf(reading)];
  return [...new Set(texts.flatMap(namesIn))].filter((name) => !SPOKEN_FOR.has(name));
}

function bucketsOf(reading: Source["reading"]): readonly string[] {
  return reading.kind === "buckets" ? [reading.bucketSelector] : [];
}

/** Selectors in PromQL, without labels, ranges, groupings and functions. */
function namesIn(text: string): readonly string[] {
  const bare = text
    .replaceAll(/"(?:[^"\\]|\\.)*"/g, "")
    .replaceAll(/\{[^}]*\}|\[[^\]]*\]/g, " ")
    .replaceAll(/\b(by|on|without|ignoring|group_left|group_right)\s*\([^)]*\)/g, " ");
  return [...bare.matchAll(/(?<![\w:.])[a-zA-Z_:][\w:]*(?![\w:]*\s*\()/g)]
    .map(([name]) => name)
    .filter((name) => !OPERATORS.has(name));
}
