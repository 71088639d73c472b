import type { SignalRule } from "../model/signal.ts";

/** The upper bounds of one histogram at one time, ascending, in seconds, without `+Inf`. */
export type BoundSet = readonly number[];

/**
 * The bounds that every series of a histogram has: one that only some have would make the
 * others look slow. `seriesPerBound` counts series by bound, `+Inf` among them.
 */
export function commonBounds(seriesPerBound: ReadonlyMap<number, number>): BoundSet {
  const all = Math.max(...seriesPerBound.values());
  return [...seriesPerBound]
    .filter(([bound, count]) => Number.isFinite(bound) && count === all)
    .map(([bound]) => bound)
    .sort((a, b) => a - b);
}

/** A `le` label as a number: exporters write `1`, `1.0` or `1e+00`. `null`: not a bound. */
export function parseBound(le: string): number | null {
  if (le === "+Inf") return Number.POSITIVE_INFINITY;
  const bound = Number(le);
  return le.trim() === "" || Number.isNaN(bound) ? null : bound;
}

/** What can be asked about one threshold: the threshold itself where it is a bound, else its finite neighbours. */
export function bracket(threshold: number, bounds: BoundSet): BoundSet {
  if (bounds.includes(threshold)) return [threshold];
  const below = bounds.findLast((bound) => bound < threshold);
  const above = bounds.find((bound) => bound > threshold);
  return [below, above].filter((bound) => bound !== undefined);
}

/** The bounds to ask for, ascending: over all thresholds and all the bounds the histogram ever had. */
export function judgedBounds(thresholds: readonly number[], sets: readonly BoundSet[]): BoundSet {
  const bounds = thresholds.flatMap((threshold) => sets.flatMap((set) => bracket(threshold, set)));
  return [...new Set(bounds)].sort((a, b) => a - b);
}

/** Both thresholds of a rule, as far as it has them. */
export function thresholdsOf({ watch, act }: SignalRule): readonly number[] {
  return [...new Set([watch, act])].filter((threshold) => threshold !== null);
}

/**
 * The default bounds of the OpenTelemetry SDKs, made for milliseconds. Where seconds are
 * counted in them everything real lies below 5 and any interpolated p95 reads 4.75 s.
 * https://opentelemetry.io/docs/specs/otel/metrics/sdk/#explicit-bucket-histogram-aggregation
 */
export function areMillisecondDefaults(bounds: BoundSet): boolean {
  return (
    (bounds.find((bound) => bound > 0) ?? 0) >= 5 && SDK_DEFAULTS.every((bound) => bounds.includes(bound))
  );
}

/** What the defaults have had in common: 750 and all above 1000 came with version 1.14 of the specification. */
const SDK_DEFAULTS: BoundSet = [5, 10, 25, 50, 75, 100, 250, 500, 1000];
