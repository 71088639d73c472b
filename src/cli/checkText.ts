import type { State } from "../model/decision.ts";
import { formatDuration, formatInterval, formatValue } from "../model/format.ts";
import { formatLocal, placeOfZone } from "../model/localTime.ts";
import type { Relief } from "../model/signal.ts";
import type { Check, SignalStatus } from "../watch/check.ts";
import { layOut } from "./columns.ts";
import { type Paint, STATE_STYLE } from "./paint.ts";
import { verdictLines } from "./verdict.ts";

/** The terminal form of `check`: one sentence that decides, then the evidence. */
export function checkText(check: Check, paint: Paint): string {
  const { state } = check.decision;
  const [first = "", ...rest] = verdictLines(check);
  const label = paint(STATE_STYLE[state], LABELS[state]);
  const indent = " ".repeat(LABELS[state].length);
  return [
    heading(check),
    "",
    `  ${label}   ${first}`,
    ...rest.map((line) => `  ${indent}   ${line}`),
    "",
    ...signalTable(check, paint),
    ...remedies(check, paint),
    "",
  ].join("\n");
}

const LABELS: Readonly<Record<State, string>> = { ok: "OK", watch: "WATCH", act: "ACT", blind: "BLIND" };

function heading({ clusterName, decision, trigger, signals }: Check): string {
  const { timeZone } = trigger.hours;
  const hours = decision.inHours ? "in usage hours" : "outside usage hours";
  const seen = signals.filter(
    ({ level, value, interval }) => level !== "unknown" || value !== null || interval !== null,
  );
  return [
    clusterName,
    `${formatLocal(decision.at, timeZone)} ${placeOfZone(timeZone)}, ${hours}`,
    `Prometheus: ${seen.length} of ${signals.length} signals have data`,
  ].join(" · ");
}

function signalTable(check: Check, paint: Paint): readonly string[] {
  const header = ["  signal", "now", "watch", "act", "state", "second host"];
  const rows = check.signals
    .toSorted(byMark)
    .map((status) => [
      `${paint(styleOf(status), MARKS[markOf(status)])} ${status.rule.id}`,
      reading(status),
      threshold(status, "watch"),
      threshold(status, "act"),
      stateText(check, status),
      secondHost(status),
    ]);
  const [head = "", ...body] = layOut([header, ...rows], ["left", "right", "right", "right", "left", "left"]);
  return [paint("dim", head), ...body];
}

type Mark = "sustained" | "breached" | "calm" | "unknown";
const MARKS: Readonly<Record<Mark, string>> = { sustained: "●", breached: "◐", calm: "○", unknown: "?" };

function markOf({ level, isSustained }: SignalStatus): Mark {
  if (level === "unknown") return "unknown";
  if (level === "ok") return "calm";
  return isSustained ? "sustained" : "breached";
}

/** What matters most first; among equals, the order of the configuration. */
const ORDER: readonly Mark[] = ["sustained", "breached", "calm", "unknown"];

function byMark(a: SignalStatus, b: SignalStatus): number {
  return ORDER.indexOf(markOf(a)) - ORDER.indexOf(markOf(b));
}

function styleOf({ level }: SignalStatus) {
  return STATE_STYLE[level];
}

function reading({ rule, value, interval }: SignalStatus): string {
  if (value !== null) return formatValue(rule.unit, value);
  return interval === null ? "–" : formatInterval(rule.unit, interval.above, interval.atMost);
}

function threshold({ rule }: SignalStatus, level: "watch" | "act"): string {
  const value = rule[level];
  if (value === null) return "–";
  return rule.kind === "event"
    ? `${value} per ${formatDuration(rule.windowMs)}`
    : formatValue(rule.unit, value);
}

function stateText({ decision, trigger }: Check, status: SignalStatus): string {
  const { level, since, isSustained, why } = status;
  if (level === "unknown") return why ?? "unknown";
  if (level === "ok") return "ok";
  const name = level === "act" ? "Act" : "Watch";
  if (since === null) return `above ${name}, outside usage hours`;
  const held = formatDuration(decision.at - since);
  return isSustained
    ? `${name} for ${held}`
    : `${name} for ${held} of ${formatDuration(trigger.sustainedMs)}`;
}

/** One word; what else helps is in the sentences above, and in `--explain`. */
function secondHost({ rule, level }: SignalStatus): string {
  return level === "watch" || level === "act" ? SECOND_HOST[rule.relief.secondNode] : "";
}

const SECOND_HOST: Readonly<Record<Relief["secondNode"], string>> = {
  yes: "relieves",
  partly: "in part",
  no: "does not help",
};

/** How to see what cannot be seen now: everything when nothing else matters, else where to ask. */
function remedies(check: Check, paint: Paint): readonly string[] {
  const blind = check.signals.filter(({ fix }) => fix !== null);
  const [first] = blind;
  if (first === undefined) return [];
  if (check.decision.state !== "blind") {
    const hint = `How to see what is without data: outgrow check --explain ${first.rule.id}`;
    return ["", paint("dim", `  ${hint}`)];
  }
  const byFix = Map.groupBy(blind, ({ fix }) => fix ?? "");
  const lines = [...byFix].flatMap(([fix, served]) => [
    `  ${served.map(({ rule }) => rule.id).join(", ")}`,
    ...fix.split("\n").map((line) => `      ${line}`),
  ]);
  return ["", paint("dim", "  To see what cannot be seen now:"), ...lines];
}
