import type { Column, Instrument, SignalRule } from "../model/signal.ts";
import { tailShare } from "../trigger/judge.ts";

/**
 * A signal's judgement as PromQL: 0 calm, 1 above Watch, 2 above Act, and no series at all
 * where the engine's `judge` says unknown. NaN compares false and so drops out.
 */
export function levelExpression({ signal, columns }: Instrument): string {
  const [first] = columns;
  return signal.kind === "quantile" && first !== undefined && first.bound !== null
    ? quantileLevel(columns, signal.watch, signal.act, tailShare(signal.quantile))
    : valueLevel(signal, first?.expr ?? "");
}

/** How many of the two thresholds lie below the value: one evaluation of a query that may be dear. */
function valueLevel({ kind, watch, act }: SignalRule, expr: string): string {
  // Without a Watch of its own, Act counts for both; without an Act nothing reaches 2.
  const thresholds = [watch ?? act, act].flatMap((threshold, index) =>
    threshold === null ? [] : [`label_replace(vector(${threshold}), "level", "${index + 1}", "", "")`],
  );
  const comparison = kind === "event" ? "<= bool" : "< bool";
  return `sum((${thresholds.join(" or ")}) ${comparison} on () group_left () ((${expr}) >= -Inf))`;
}

/** A share above the tail proves every threshold up to its bound breached, one below it every one from its bound on calm. */
function quantileLevel(
  columns: readonly Column[],
  watch: number | null,
  act: number | null,
  tail: number,
): string {
  const from = (threshold: number | null) =>
    threshold === null ? [] : columns.filter(({ bound }) => bound !== null && bound >= threshold);
  const upTo = (threshold: number) => columns.filter(({ bound }) => bound !== null && bound <= threshold);
  const slow = (level: number) => (column: Column) => `0 * sum((${column.expr}) > ${tail}) + ${level}`;
  const provenAct = from(act);
  const provenWatch = from(watch).filter((column) => !provenAct.includes(column));
  const calm = upTo(act ?? watch ?? 0).map(({ expr }) => `0 * sum((${expr}) <= ${tail})`);
  const branches = [...provenAct.map(slow(2)), ...provenWatch.map(slow(1)), ...calm];
  return branches.map((branch) => `(${branch})`).join(" or ");
}
