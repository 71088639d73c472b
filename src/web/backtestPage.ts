import type { OutgrowError } from "../model/error.ts";
import { formatDuration, formatValue } from "../model/format.ts";
import type { History } from "../model/history.ts";
import { formatLocal, placeOfZone } from "../model/localTime.ts";
import type { Unmeasured } from "../model/signal.ts";
import type { EpochMs, Span } from "../model/time.ts";
import type { Rule } from "../model/trigger.ts";
import { describeHours } from "../model/usageHours.ts";
import type { Backtest, Episode } from "../trigger/backtest.ts";
import { lengthOf } from "../trigger/backtest.ts";
import { openSpans } from "../trigger/hours.ts";
import type { NearMiss } from "../trigger/nearest.ts";
import type { Reader } from "../trigger/seats.ts";
import { seatReaders } from "../trigger/seats.ts";
import { answerOf } from "./backtestSentence.ts";
import { type Html, html } from "./html.ts";
import { document } from "./page.ts";
import { signalFigure } from "./signalFigure.ts";
import { bandsPath } from "./strip.ts";
import { type TimeAxis, timeAxis } from "./timeAxis.ts";

export interface BacktestPage {
  readonly clusterName: string;
  readonly rule: Rule;
  readonly readers: readonly Reader[];
  readonly unmeasured: readonly Unmeasured[];
  readonly history: History;
  readonly failures: ReadonlyMap<number, OutgrowError>;
  readonly backtest: Backtest;
  readonly generatedAt: EpochMs;
}

/** One self-contained page, without scripts: the answer, its episodes, and a strip per signal. */
export function backtestPage(page: BacktestPage): string {
  const { clusterName, rule, backtest } = page;
  const answer = answerOf(backtest, rule.trigger);
  const span = { from: backtest.from, to: backtest.to + backtest.intervalMs };
  const axis = timeAxis(span, rule.trigger.hours.timeZone);
  return document(
    `${answer.headline}: ${clusterName}`,
    html`<header><p class="crumb">${clusterName} · ${range(page)}</p>
<h1 class="${answer.state}">${answer.headline}</h1>
<p class="lead">${answer.explanation}</p></header>
<main>${episodes(page)}${nearest(page)}${strips(page, axis)}${blindSpots(page)}${ruleDetails(page)}</main>
<footer>Written by outgrow on ${formatLocal(page.generatedAt, rule.trigger.hours.timeZone)} ${place(page)}.</footer>`,
  );
}

function range({ backtest, rule }: BacktestPage): string {
  const { timeZone } = rule.trigger.hours;
  return `${formatLocal(backtest.from, timeZone)} to ${formatLocal(backtest.to, timeZone)}, ${placeOfZone(timeZone)}`;
}

function place({ rule }: BacktestPage): string {
  return placeOfZone(rule.trigger.hours.timeZone);
}

/** More than fit beside the strips wait behind a click. */
const SHOWN_EPISODES = 8;

function episodes(page: BacktestPage): Html {
  const rows = page.backtest.episodes.map((episode) => episodeRow(episode, page));
  if (rows.length === 0) return html``;
  const rest = rows.slice(SHOWN_EPISODES);
  const more = html`<details><summary>${rest.length} more</summary>${episodeTable(rest)}</details>`;
  return html`<section><h2>When it would have said Act</h2>${episodeTable(rows.slice(0, SHOWN_EPISODES))}${rest.length === 0 ? html`` : more}</section>`;
}

function episodeTable(rows: readonly Html[]): Html {
  return html`<table><thead><tr><th scope="col">From</th><th scope="col">For</th><th scope="col">Signals at Act</th></tr></thead>
<tbody>${rows}</tbody></table>`;
}

function episodeRow(episode: Episode, { backtest, rule }: BacktestPage): Html {
  const still = episode.to === null ? ", still on" : "";
  return html`<tr><td>${formatLocal(episode.from, rule.trigger.hours.timeZone)}</td><td>${formatDuration(lengthOf(episode, backtest))}${still}</td><td>${episode.signals.join(", ")}</td></tr>
`;
}

function nearest(page: BacktestPage): Html {
  const { backtest } = page;
  if (backtest.nearest.length === 0) return html``;
  return html`<section><h2>What came nearest without reaching it</h2><table><thead><tr><th scope="col">At</th><th scope="col">Of the way</th><th scope="col">Signals above Act, and for how long</th></tr></thead>
<tbody>${backtest.nearest.map((nearMiss) => nearestRow(nearMiss, page))}</tbody></table></section>`;
}

function nearestRow({ at, score, signals }: NearMiss, { rule }: BacktestPage): Html {
  const { hours, sustainedMs } = rule.trigger;
  const held = signals.map(
    ({ signal, heldMs }) => `${signal} ${formatDuration(heldMs)} of ${formatDuration(sustainedMs)}`,
  );
  return html`<tr><td>${formatLocal(at, hours.timeZone)}</td><td>${formatValue("ratio", score)}</td><td>${held.join(", ")}</td></tr>
`;
}

const KEY = [
  ["open", "usage hours"],
  ["watch", "sustained at Watch"],
  ["act", "sustained at Act"],
  ["episode", "the rule says Act"],
  ["gap", "no data"],
] as const;

function strips(page: BacktestPage, axis: TimeAxis): Html {
  const { rule, readers, history, backtest, failures } = page;
  const seats = seatReaders(readers);
  const figures = rule.signals.flatMap((signal, index) => {
    const seat = seats[index];
    const recorded = backtest.signals[index];
    if (seat === undefined || recorded === undefined || seat.instrument === null) return [];
    return [signalFigure({ rule: signal, seat, recorded, history, failures, backtest }, axis)];
  });
  return html`<section><h2>The signals</h2>
<p class="key">${KEY.map(([name, meaning]) => html`<span><span class="swatch ${name}"></span>${meaning}</span> `)}</p>
<svg class="shared" aria-hidden="true"><defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse"><path d="M0 6L6 0"/></pattern>
<path id="open" d="${bandsPath(openSpans(rule.trigger.hours, axis.span), axis)}"/><path id="episodes" d="${bandsPath(episodeSpans(backtest, axis), axis)}"/></defs></svg>
${figures}</section>`;
}

function episodeSpans({ episodes: all }: Backtest, { span }: TimeAxis): readonly Span[] {
  return all.map(({ from, to }) => ({ from, to: to ?? span.to }));
}

function blindSpots({ unmeasured }: BacktestPage): Html {
  if (unmeasured.length === 0) return html``;
  const items = unmeasured.map(
    ({ signal, why, fix }) => html`<dt>${signal.id}: ${why}</dt><dd><pre>${fix}</pre></dd>`,
  );
  return html`<section><h2>Without data</h2><dl>${items}</dl></section>`;
}

function ruleDetails({ rule, backtest }: BacktestPage): Html {
  const { atLeast, sustainedMs, hours } = rule.trigger;
  const evaluations = backtest.evaluations.toLocaleString("en-GB").replaceAll(",", " ");
  return html`<section><h2>The rule</h2><p>Act when ${atLeast} or more signals have been above their Act threshold at every evaluation for ${formatDuration(sustainedMs)}, in usage hours (${describeHours(hours)}). Evaluated ${evaluations} times, once every ${formatDuration(backtest.intervalMs)}, as the live check does.</p></section>`;
}
