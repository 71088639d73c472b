import { formatValue } from "../model/format.ts";
import type { Column, Instrument, SignalRule } from "../model/signal.ts";
import { areMillisecondDefaults, type BoundSet, judgedBounds, thresholdsOf } from "./bounds.ts";
import { caveats } from "./caveat.ts";
import type { Reading, Source } from "./definition.ts";

/** How a signal is read by the user's own expression. */
export function ownInstrument(signal: SignalRule, expr: string): Instrument {
  return { signal, source: "your expression", columns: [{ expr, bound: null }] };
}

/**
 * How a signal is read from one source; `sets` are the bounds its histogram had, the oldest
 * first (empty for other readings). `null`: the histogram has no bound that says anything.
 */
export function sourceInstrument(
  signal: SignalRule,
  source: Source,
  sets: readonly BoundSet[],
): Instrument | null {
  const columns = columnsOf(signal, source.reading, sets);
  if (columns.length === 0) return null;
  const caveat = caveats(source.caveat, boundsCaveat(signal, source, sets));
  const detail = detailOf(source.reading);
  return {
    signal,
    source: source.id,
    columns,
    ...(detail === undefined ? {} : { detail }),
    ...(caveat === undefined ? {} : { caveat }),
  };
}

function columnsOf(signal: SignalRule, reading: Reading, sets: readonly BoundSet[]): readonly Column[] {
  if (reading.kind === "value") return [{ expr: reading.expr, bound: null }];
  const thresholds = thresholdsOf(signal);
  const bounds =
    reading.kind === "native" ? thresholds.toSorted((a, b) => a - b) : judgedBounds(thresholds, sets);
  return bounds.map((bound) => ({ expr: reading.share(bound), bound }));
}

function detailOf(reading: Reading): string | undefined {
  if (reading.kind === "buckets") return reading.rates;
  return reading.kind === "native" ? reading.quantile : undefined;
}

/** What the histogram cannot tell, and the remedy: said before anyone wonders about "unknown". */
function boundsCaveat(
  signal: SignalRule,
  { boundsFix = addToBuckets }: Source,
  sets: readonly BoundSet[],
): string | undefined {
  const latest = sets.at(-1);
  if (latest === undefined) return undefined;
  if (areMillisecondDefaults(latest)) return MILLISECOND_TRAP;
  const unfit = thresholdsOf(signal).filter((threshold) =>
    sets.some((bounds) => !bounds.includes(threshold)),
  );
  if (unfit.length === 0) return undefined;
  const list = unfit.map((threshold) => formatValue("seconds", threshold)).join(" and ");
  return unfit.every((threshold) => latest.includes(threshold))
    ? `the histogram has had a bucket at ${list} for part of the time only: before, it cannot always be told`
    : `the histogram has no bucket at ${list}: between its neighbours it cannot be told; ${boundsFix(unfit)}`;
}

function addToBuckets(missing: BoundSet): string {
  return `add ${missing.join(" and ")} to its buckets`;
}

const MILLISECOND_TRAP =
  "the histogram counts seconds in the OpenTelemetry SDK's default buckets, which are made for milliseconds (0, 5, 10, 25, …): " +
  "nothing faster than 5 s can be told apart; give the SDK a View with buckets in seconds (0.005, 0.01, …, 10)";
