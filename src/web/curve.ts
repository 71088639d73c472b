import { formatValue } from "../model/format.ts";
import type { History } from "../model/history.ts";
import type { Column, SignalRule } from "../model/signal.ts";
import { tailShare } from "../trigger/judge.ts";
import type { Seat } from "../trigger/seats.ts";

/** What the strip of a signal draws: one column of the history, and the lines it is judged by. */
export interface Curve {
  readonly values: Float64Array;
  readonly lines: readonly ThresholdLine[];
  readonly format: (value: number) => string;
  /** What the curve shows, where it is not the signal's own value. */
  readonly remark: string | null;
}

export interface ThresholdLine {
  readonly level: "watch" | "act";
  readonly at: number;
}

/**
 * The values from index `start` of the history on; `null`: nothing was read. A quantile has no
 * value of its own, so the share it is judged by is drawn.
 */
export function curveOf(rule: SignalRule, seat: Seat, history: History, start: number): Curve | null {
  const [first] = seat.instrument?.columns ?? [];
  if (seat.instrument === null || first === undefined) return null;
  if (rule.kind === "quantile" && first.bound !== null)
    return shareCurve(rule, rule.quantile, seat, history, start);
  return {
    values: valuesOf(history, seat.offset, start),
    lines: thresholds(rule),
    format: (value) => formatValue(rule.unit, value),
    remark: null,
  };
}

function thresholds({ watch, act }: SignalRule): readonly ThresholdLine[] {
  return [
    ...(watch === null ? [] : [{ level: "watch" as const, at: watch }]),
    ...(act === null ? [] : [{ level: "act" as const, at: act }]),
  ];
}

function shareCurve(rule: SignalRule, quantile: number, seat: Seat, history: History, start: number): Curve {
  const columns = seat.instrument?.columns ?? [];
  const threshold = rule.act ?? rule.watch ?? 0;
  const level = rule.act === null ? "watch" : "act";
  const index = nearestBound(columns, threshold);
  const bound = columns[index]?.bound ?? threshold;
  const share = formatValue("ratio", tailShare(quantile));
  const meaning = `above ${share} the p${Math.round(quantile * 1000) / 10} is above ${formatValue(rule.unit, bound)}`;
  return {
    values: valuesOf(history, seat.offset + index, start),
    lines: [{ level, at: tailShare(quantile) }],
    format: (value) => formatValue("ratio", value),
    remark: `share slower than ${formatValue(rule.unit, bound)}; ${meaning}`,
  };
}

/** The bound at the threshold, or the last one before it, or the first. */
function nearestBound(columns: readonly Column[], threshold: number): number {
  const below = columns.findLastIndex(({ bound }) => bound !== null && bound <= threshold);
  return Math.max(0, below);
}

function valuesOf({ columns }: History, column: number, start: number): Float64Array {
  return columns[column]?.subarray(start) ?? new Float64Array();
}
