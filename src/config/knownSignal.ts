import type { Labels, SignalOptions, SignalSettings } from "../model/settings.ts";
import type { SignalRule } from "../model/signal.ts";
import type { SignalDefinition } from "../signals/definition.ts";
import type { Cursor } from "./cursor.ts";
import { readLabels } from "./metrics.ts";
import { isMapping, readCount, readText } from "./readers.ts";
import { checkOrder } from "./thresholdOrder.ts";
import { readEventThreshold, readThreshold } from "./thresholds.ts";

/** Below so many requests in 5 min a percentile rests on a handful of them. A p99 needs more than a p95. */
const MIN_REQUESTS: Readonly<Record<string, number>> = {
  "latency-p95": 100,
  "latency-p99": 300,
  "http-5xx": 100,
  "postgres-latency-p95": 100,
};

export const DEFAULT_OPTIONS: SignalOptions = { match: {}, of: 60, queue: "celery", minRequests: 1 };

/** The options that a signal has besides thresholds, `match` and `expr`. */
export function optionsOf(id: string): readonly (keyof SignalOptions)[] {
  if (id === "postgres-connections") return ["of"];
  if (id === "celery-depth" || id === "celery-age") return ["queue"];
  return MIN_REQUESTS[id] === undefined ? [] : ["minRequests"];
}

/** A signal of the catalogue, with what the file says of it. */
export function readKnownSignal(definition: SignalDefinition, cursor: Cursor): SignalSettings {
  const { id } = definition;
  const defaults: SignalOptions = {
    ...DEFAULT_OPTIONS,
    minRequests: MIN_REQUESTS[id] ?? DEFAULT_OPTIONS.minRequests,
  };
  const keys = ["watch", "act", "expr", "match", ...optionsOf(id)];
  if (!isMapping(cursor, keys)) return { rule: ruleOf(definition, cursor), expr: null, options: defaults };
  return {
    rule: ruleOf(definition, cursor),
    expr: readText(cursor.get("expr")) ?? null,
    options: {
      match: readMatch(cursor.get("match")),
      of: readCount(cursor.get("of")) ?? defaults.of,
      queue: readText(cursor.get("queue")) ?? defaults.queue,
      minRequests: readCount(cursor.get("minRequests")) ?? defaults.minRequests,
    },
  };
}

function readMatch(cursor: Cursor): Labels {
  return readLabels(cursor) ?? {};
}

function ruleOf(definition: SignalDefinition, cursor: Cursor): SignalRule {
  const { id, title, unit, relief, nature } = definition;
  const base = { id, title, unit, relief };
  if (nature.kind === "event")
    return { ...base, kind: "event", ...eventThresholds(definition, nature.windowMs, cursor) };
  const thresholds = levelThresholds(definition, cursor);
  checkOrder(cursor, thresholds);
  return nature.kind === "level"
    ? { ...base, ...thresholds, kind: "level" }
    : { ...base, ...thresholds, kind: "quantile", quantile: nature.quantile };
}

function levelThresholds({ unit, defaults }: SignalDefinition, cursor: Cursor) {
  return {
    watch: readThreshold(cursor.get("watch"), unit) ?? defaults.watch,
    act: readThreshold(cursor.get("act"), unit) ?? defaults.act,
  };
}

function eventThresholds({ defaults }: SignalDefinition, windowMs: number, cursor: Cursor) {
  const watch = readEventThreshold(cursor.get("watch"));
  const act = readEventThreshold(cursor.get("act"));
  const windows = [watch?.windowMs, act?.windowMs].filter((window) => typeof window === "number");
  if (new Set(windows).size > 1) {
    cursor
      .get("act")
      .problem(
        `${cursor.path}: watch and act count over different windows.`,
        "Write the same window for both.",
      );
  }
  const thresholds = { watch: watch?.count ?? defaults.watch, act: act?.count ?? defaults.act };
  checkOrder(cursor, thresholds);
  return { ...thresholds, windowMs: windows[0] ?? windowMs };
}
