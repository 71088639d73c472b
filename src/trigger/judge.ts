import type { Judgement, Verdict } from "../model/decision.ts";
import type { Column, Instrument, QuantileRule, SignalRule } from "../model/signal.ts";

/** Judges one signal at one instant from a row of all columns' values, `NaN` where there is none. */
export type Judge = (row: ArrayLike<number>) => Judgement;

/**
 * What does not change from instant to instant is worked out once; `row[offset…]` are the values
 * of the instrument's columns. A judge allocates nothing: the nine answers are constants.
 */
export function judgeOf({ signal, columns }: Instrument, offset: number): Judge {
  return signal.kind === "quantile" && columns[0]?.bound !== null
    ? quantileJudge(signal, columns, offset)
    : valueJudge(signal, offset);
}

/** A threshold that a signal does not have is above everything. */
function valueJudge({ kind, watch, act }: SignalRule, offset: number): Judge {
  const [atWatch, atAct] = [watch ?? Number.NaN, act ?? Number.NaN];
  if (kind === "event") {
    return (row) => {
      const value = row[offset] ?? Number.NaN;
      return Number.isNaN(value) ? UNKNOWN : answerOf(value >= atWatch, value >= atAct);
    };
  }
  return (row) => {
    const value = row[offset] ?? Number.NaN;
    return Number.isNaN(value) ? UNKNOWN : answerOf(value > atWatch, value > atAct);
  };
}

function answerOf(watch: boolean, act: boolean): Judgement {
  if (watch) return act ? JUDGEMENTS.yes.yes : JUDGEMENTS.yes.no;
  return act ? JUDGEMENTS.no.yes : JUDGEMENTS.no.no;
}

function quantileJudge(
  { watch, act, quantile }: QuantileRule,
  columns: readonly Column[],
  offset: number,
): Judge {
  const bounds = columns.map(({ bound }) => bound ?? Number.NaN);
  const tail = tailShare(quantile);
  return (row) => {
    const atWatch = watch === null ? null : quantileVerdict(bounds, row, offset, watch, tail);
    const atAct = act === null ? null : quantileVerdict(bounds, row, offset, act, tail);
    return JUDGEMENTS[atWatch ?? without(atAct)][atAct ?? without(atWatch)];
  };
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

/**
 * `p95 > T` exactly when more than 5 % of the observations are slower than T. Where T is
 * no bound of the histogram, a bound above can still prove "yes" and one below "no".
 */
function quantileVerdict(
  bounds: readonly number[],
  row: ArrayLike<number>,
  offset: number,
  threshold: number,
  tail: number,
): Verdict {
  let below = false;
  for (let index = 0; index < bounds.length; index++) {
    const bound = bounds[index] ?? Number.NaN;
    const share = row[offset + index] ?? Number.NaN;
    if (bound >= threshold && share > tail) return "yes";
    if (bound <= threshold && share <= tail) below = true;
  }
  return below ? "no" : "unknown";
}

const JUDGEMENTS: Readonly<Record<Verdict, Readonly<Record<Verdict, Judgement>>>> = {
  yes: pair("yes"),
  no: pair("no"),
  unknown: pair("unknown"),
};

function pair(watch: Verdict): Readonly<Record<Verdict, Judgement>> {
  return { yes: { watch, act: "yes" }, no: { watch, act: "no" }, unknown: { watch, act: "unknown" } };
}
