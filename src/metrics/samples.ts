import { OutgrowError } from "../model/error.ts";
import type { Grid } from "../model/time.ts";
import type { InstantSample, RangeSeries } from "./api.ts";
import { isRecord, unexpected } from "./envelope.ts";
import type { Samples } from "./sampleText.ts";

type Labels = Readonly<Record<string, string>>;

/** Series by their labels, filled chunk by chunk on one grid. */
export interface SeriesCollector {
  /** Adds the data of one range answer, whose instants must lie on the grid; `where` goes into messages. */
  add(data: unknown, where: string): void;
  finish(): readonly RangeSeries[];
}

/** Collects the answers to the chunks of one range query. */
export function collectSeries(grid: Grid): SeriesCollector {
  const series = new Map<string, RangeSeries>();
  const valuesOf = (labels: Labels) => {
    const key = JSON.stringify(Object.entries(labels).sort());
    const known = series.get(key) ?? { labels, values: new Float64Array(grid.count).fill(Number.NaN) };
    series.set(key, known);
    return known.values;
  };
  return {
    add(data, where) {
      for (const item of results(data, "matrix", where)) {
        fill(valuesOf(readLabels(item, where)), item.values, grid, where);
      }
    },
    finish: () => [...series.values()],
  };
}

/** Reads the data of an instant answer: a vector, or a scalar as one sample without labels. */
export function readInstant(data: unknown, where: string): readonly InstantSample[] {
  if (isRecord(data) && data.resultType === "scalar") {
    return [{ labels: {}, value: readPair(data.result, where).value }];
  }
  return results(data, "vector", where).map((item) => ({
    labels: readLabels(item, where),
    value: readPair(item.value, where).value,
  }));
}

/** Prometheus writes numbers as Go does: `1.5`, `NaN`, `+Inf`, `-Inf`. `null`: not a number at all. */
export function parseSample(text: unknown): number | null {
  if (typeof text !== "string") return null;
  const value = Number(text);
  if (!Number.isNaN(value)) return text.trim() === "" ? null : value;
  return SPECIAL.get(text) ?? null;
}

const SPECIAL: ReadonlyMap<string, number> = new Map([
  ["NaN", Number.NaN],
  ["+Inf", Number.POSITIVE_INFINITY],
  ["Inf", Number.POSITIVE_INFINITY],
  ["-Inf", Number.NEGATIVE_INFINITY],
]);

function fill(target: Float64Array, pairs: unknown, grid: Grid, where: string): void {
  const { seconds, values } = isSamples(pairs) ? pairs : readPairs(pairs, where);
  for (let at = 0; at < values.length; at++) {
    const ms = (seconds[at] ?? Number.NaN) * 1000;
    const index = Math.round((ms - grid.from) / grid.step);
    const offMs = Math.abs(ms - (grid.from + index * grid.step));
    if (!(index >= 0 && index < grid.count && offMs < 1))
      throw unexpected(where, "values for instants nobody asked for");
    target[index] = values[at] ?? Number.NaN;
  }
}

function isSamples(value: unknown): value is Samples {
  return isRecord(value) && value.seconds instanceof Float64Array && value.values instanceof Float64Array;
}

function readPairs(pairs: unknown, where: string): Samples {
  if (!Array.isArray(pairs)) throw unexpected(where, "a series without values");
  const read = pairs.map((pair) => readPair(pair, where));
  return {
    seconds: Float64Array.from(read, ({ seconds }) => seconds),
    values: Float64Array.from(read, ({ value }) => value),
  };
}

function results(data: unknown, type: string, where: string): readonly Readonly<Record<string, unknown>>[] {
  if (!isRecord(data) || data.resultType !== type || !Array.isArray(data.result)) {
    throw unexpected(where, `something else than a ${type}`);
  }
  return data.result.map((item: unknown) => {
    if (!isRecord(item)) throw unexpected(where, `a ${type} with something else than series in it`);
    if ("histogram" in item || "histograms" in item) throw nativeHistogram(where);
    return item;
  });
}

function readLabels({ metric }: Readonly<Record<string, unknown>>, where: string): Labels {
  if (!isRecord(metric)) throw unexpected(where, "a series without labels");
  const labels: Record<string, string> = {};
  for (const [name, value] of Object.entries(metric)) {
    if (typeof value !== "string") throw unexpected(where, `a label ${name} that is no text`);
    labels[name] = value;
  }
  return labels;
}

function readPair(pair: unknown, where: string): { seconds: number; value: number } {
  const [seconds, text]: readonly unknown[] = Array.isArray(pair) ? pair : [];
  const value = parseSample(text);
  if (typeof seconds !== "number" || value === null) throw unexpected(where, "a sample that is no number");
  return { seconds, value };
}

function nativeHistogram(where: string): OutgrowError {
  return new OutgrowError("bad-query", `${where} answers with histograms where numbers are needed.`, {
    hint: "Wrap the expression in histogram_quantile(), histogram_fraction() or histogram_count().",
  });
}
