import type { Judgement, Verdict } from "../model/decision.ts";
import type { Column, Instrument, SignalRule } from "../model/signal.ts";

/**
 * Judges one signal at one instant. `row[offset…]` are the values of the instrument's
 * columns, `NaN` where there is none. Allocates nothing: the nine answers are constants.
 */
export function judge(instrument: Instrument, row: ArrayLike<number>, offset: number): Judgement {
  const { signal, columns } = instrument;
  if (!hasData(columns, row, offset)) return UNKNOWN;
  const watch = signal.watch === null ? null : verdict(signal, columns, row, offset, signal.watch);
  const act = signal.act === null ? null : verdict(signal, columns, row, offset, signal.act);
  return JUDGEMENTS[watch ?? without(act)][act ?? without(watch)];
}

/** A threshold that a signal does not have is not breached; where nothing else is known, that is no knowledge either. */
function without(other: Verdict | null): Verdict {
  return other === "unknown" ? "unknown" : "no";
}

/** The share of observations that lies beyond a quantile: 0.05 for a p95, without the noise of `1 - 0.95`. */
export function tailShare(quantile: number): number {
  return Number((1 - quantile).toFixed(9));
}

/** At least one threshold was decided: the signal counts as seen. */
export function isKnown({ watch, act }: Judgement): boolean {
  return watch !== "unknown" || act !== "unknown";
}

export const UNKNOWN: Judgement = { watch: "unknown", act: "unknown" };

function verdict(
  signal: SignalRule,
  columns: readonly Column[],
  row: ArrayLike<number>,
  offset: number,
  threshold: number,
): Verdict {
  const value = row[offset] ?? Number.NaN;
  if (signal.kind === "quantile" && columns[0]?.bound !== null) {
    return quantileVerdict(columns, row, offset, threshold, tailShare(signal.quantile));
  }
  const breached = signal.kind === "event" ? value >= threshold : value > threshold;
  return breached ? "yes" : "no";
}

/**
 * `p95 > T` exactly when more than 5 % of the observations are slower than T. Where T is
 * no bound of the histogram, a bound above can still prove "yes" and one below "no".
 */
function quantileVerdict(
  columns: readonly Column[],
  row: ArrayLike<number>,
  offset: number,
  threshold: number,
  tail: number,
): Verdict {
  let below = false;
  for (let index = 0; index < columns.length; index++) {
    const bound = columns[index]?.bound ?? Number.NaN;
    const share = row[offset + index] ?? Number.NaN;
    if (bound >= threshold && share > tail) return "yes";
    if (bound <= threshold && share <= tail) below = true;
  }
  return below ? "no" : "unknown";
}

function hasData(columns: readonly Column[], row: ArrayLike<number>, offset: number): boolean {
  for (let index = 0; index < columns.length; index++) {
    if (!Number.isNaN(row[offset + index] ?? Number.NaN)) return true;
  }
  return false;
}

const JUDGEMENTS: Readonly<Record<Verdict, Readonly<Record<Verdict, Judgement>>>> = {
  yes: pair("yes"),
  no: pair("no"),
  unknown: pair("unknown"),
};

function pair(watch: Verdict): Readonly<Record<Verdict, Judgement>> {
  return { yes: { watch, act: "yes" }, no: { watch, act: "no" }, unknown: { watch, act: "unknown" } };
}
