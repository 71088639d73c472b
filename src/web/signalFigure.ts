import type { OutgrowError } from "../model/error.ts";
import { formatDuration, formatValue } from "../model/format.ts";
import type { History } from "../model/history.ts";
import type { SignalRule } from "../model/signal.ts";
import { type Backtest, type SignalHistory, totalLength } from "../trigger/backtest.ts";
import type { Held } from "../trigger/held.ts";
import type { Seat } from "../trigger/seats.ts";
import { type Curve, curveOf } from "./curve.ts";
import { envelope } from "./envelope.ts";
import { type Html, html } from "./html.ts";
import { drawStrip } from "./strip.ts";
import type { TimeAxis } from "./timeAxis.ts";

export interface SignalFigure {
  readonly rule: SignalRule;
  readonly seat: Seat;
  readonly recorded: SignalHistory;
  readonly history: History;
  readonly failures: ReadonlyMap<number, OutgrowError>;
  readonly backtest: Backtest;
}

/** One signal: what it is and what it did in words, its strip, and the time under it. */
export function signalFigure(figure: SignalFigure, axis: TimeAxis): Html {
  const { rule, seat, recorded, history, backtest } = figure;
  const start = Math.round((backtest.from - history.grid.from) / history.grid.step);
  const curve = curveOf(rule, seat, history, start);
  const { watch, act } = recorded;
  const summary = summaryOf(figure);
  return html`<figure><figcaption><b>${rule.id}</b> <span>${rule.title}</span> <span class="sum">${summary}</span></figcaption>
${drawStrip({ label: `${rule.id}: ${summary}`, curve, watch, act }, axis)}
<div class="axis" aria-hidden="true">${axis.ticks.map(({ x, label }) => html`<span style="left:${x / 10}%">${label}</span>`)}</div>
<p class="fine">${[...thresholdTexts(figure, curve), ...remarks(figure, curve)].join(" · ")}</p></figure>
`;
}

function summaryOf({ recorded, backtest }: SignalFigure): string {
  const { watch, act, coverage } = recorded;
  const stretches = (held: readonly Held[]) =>
    `${held.length} ×, ${formatDuration(totalLength(held, backtest))} in all`;
  return [
    act.length > 0 ? `sustained at Act ${stretches(act)}` : null,
    watch.length > 0 ? `at Watch or above ${stretches(watch)}` : null,
    act.length + watch.length === 0 ? "never sustained" : null,
    `judged ${formatValue("ratio", coverage)}`,
  ]
    .filter((text) => text !== null)
    .join(", ");
}

function thresholdTexts({ rule }: SignalFigure, curve: Curve | null): readonly string[] {
  const value = (threshold: number) =>
    rule.kind === "event"
      ? `from ${threshold} in ${formatDuration(rule.windowMs)}`
      : `above ${formatValue(rule.unit, threshold)}`;
  const peak = curve === null ? null : envelope(curve.values, 1)[0];
  return [
    ...(rule.watch === null ? [] : [`Watch ${value(rule.watch)}`]),
    ...(rule.act === null ? [] : [`Act ${value(rule.act)}`]),
    ...(curve === null || peak == null ? [] : [`highest ${curve.format(peak.high)}`]),
  ];
}

function remarks({ seat, failures }: SignalFigure, curve: Curve | null): readonly string[] {
  const { instrument, offset, width } = seat;
  const failure = Array.from({ length: width }, (_, column) => failures.get(offset + column)).find(Boolean);
  return [
    ...(curve?.remark == null ? [] : [`drawn: ${curve.remark}`]),
    ...(instrument === null ? [] : [`from ${instrument.source}`]),
    ...(instrument?.caveat === undefined ? [] : [instrument.caveat]),
    ...(failure === undefined ? [] : [`A query failed: ${failure.message}`]),
  ];
}
