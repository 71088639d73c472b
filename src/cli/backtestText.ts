import { formatDuration, formatValue } from "../model/format.ts";
import { formatLocal, placeOfZone } from "../model/localTime.ts";
import type { Unmeasured } from "../model/signal.ts";
import type { Millis } from "../model/time.ts";
import type { Trigger } from "../model/trigger.ts";
import { type Backtest, lengthOf, type SignalHistory, totalLength } from "../trigger/backtest.ts";
import type { Held } from "../trigger/held.ts";
import type { NearMiss } from "../trigger/nearest.ts";
import { layOut } from "./columns.ts";
import { type Paint, STATE_STYLE } from "./paint.ts";

export interface BacktestReport {
  readonly clusterName: string;
  readonly trigger: Trigger;
  readonly backtest: Backtest;
  readonly unmeasured: readonly Unmeasured[];
}

/** The terminal form of `backtest`: would it have fired, when, and what came near. */
export function backtestText(report: BacktestReport, paint: Paint): string {
  return [
    heading(report),
    "",
    `  ${verdict(report, paint)}`,
    ...episodeLines(report),
    ...nearestLines(report, paint),
    "",
    ...signalTable(report, paint),
    ...blindSpots(report, paint),
    "",
  ].join("\n");
}

const SHOWN = 12;

function heading({ clusterName, trigger, backtest }: BacktestReport): string {
  const { timeZone } = trigger.hours;
  const span = `${formatLocal(backtest.from, timeZone)} to ${formatLocal(backtest.to, timeZone)} ${placeOfZone(timeZone)}`;
  const count = backtest.evaluations.toLocaleString("en-GB").replaceAll(",", " ");
  return `${clusterName} · ${span} · ${count} evaluations, one every ${formatDuration(backtest.intervalMs)}`;
}

function verdict({ backtest, trigger }: BacktestReport, paint: Paint): string {
  const { episodes } = backtest;
  if (episodes.length > 0) {
    const times = episodes.length === 1 ? "once" : `${episodes.length} times`;
    return `${paint(STATE_STYLE.act, "ACT")}   ${times}, ${formatDuration(totalLength(episodes, backtest))} in all`;
  }
  const judged = backtest.signals.filter(({ coverage }) => coverage > 0).length;
  if (judged < trigger.atLeast) {
    const label = paint(STATE_STYLE.blind, "BLIND");
    return `${label}   only ${judged} of ${backtest.signals.length} signals could ever be judged: nothing follows from this silence`;
  }
  return `${paint(STATE_STYLE.ok, "OK")}   the rule would not have said Act`;
}

function episodeLines({ backtest, trigger }: BacktestReport): readonly string[] {
  const rows = backtest.episodes
    .slice(0, SHOWN)
    .map((episode) => [
      "     ",
      formatLocal(episode.from, trigger.hours.timeZone),
      heldText(episode, backtest),
      episode.signals.join(", "),
    ]);
  return [...layOut(rows, ["left", "left", "right", "left"]), ...restLine(backtest.episodes.length)];
}

function nearestLines({ backtest, trigger }: BacktestReport, paint: Paint): readonly string[] {
  if (backtest.nearest.length === 0) {
    return backtest.episodes.length > 0
      ? []
      : ["        No signal was ever above its Act threshold in usage hours."];
  }
  const rows = backtest.nearest.map((nearMiss) => [
    "     ",
    formatLocal(nearMiss.at, trigger.hours.timeZone),
    formatValue("ratio", nearMiss.score),
    progressText(nearMiss, trigger.sustainedMs),
  ]);
  return ["", paint("dim", "  What came nearest"), ...layOut(rows, ["left", "left", "right", "left"])];
}

function progressText({ signals }: NearMiss, sustainedMs: Millis): string {
  return signals
    .map(({ signal, heldMs }) => `${signal} ${formatDuration(heldMs)} of ${formatDuration(sustainedMs)}`)
    .join(", ");
}

function signalTable({ backtest }: BacktestReport, paint: Paint): readonly string[] {
  const header = ["  signal", "judged", "sustained at Watch", "sustained at Act"];
  const rows = backtest.signals.map((signal) => signalRow(signal, backtest));
  const [head = "", ...body] = layOut([header, ...rows], ["left", "right", "right", "right"]);
  return [paint("dim", head), ...body];
}

function signalRow({ id, coverage, watch, act }: SignalHistory, backtest: Backtest): readonly string[] {
  return [`  ${id}`, formatValue("ratio", coverage), timesText(watch, backtest), timesText(act, backtest)];
}

function timesText(held: readonly Held[], backtest: Backtest): string {
  return held.length === 0 ? "–" : `${held.length} ×, ${formatDuration(totalLength(held, backtest))}`;
}

function blindSpots({ unmeasured }: BacktestReport, paint: Paint): readonly string[] {
  const [first] = unmeasured;
  if (first === undefined) return [];
  const rows = unmeasured.map(({ signal, why }) => [`  ${signal.id}`, why]);
  return [
    "",
    paint("dim", "  Without data"),
    ...layOut(rows, ["left", "left"]),
    paint("dim", `  How to see one: outgrow check --explain ${first.signal.id}`),
  ];
}

function heldText(held: Held, backtest: Backtest): string {
  const length = formatDuration(lengthOf(held, backtest));
  return held.to === null ? `${length}, still on` : length;
}

function restLine(count: number): readonly string[] {
  return count <= SHOWN ? [] : [`        … and ${count - SHOWN} more: --json or --html shows all`];
}
