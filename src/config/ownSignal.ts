import type { SignalSettings } from "../model/settings.ts";
import type { Relief, SignalRule, Unit } from "../model/signal.ts";
import { HOUR } from "../model/time.ts";
import type { Cursor } from "./cursor.ts";
import { DEFAULT_OPTIONS } from "./knownSignal.ts";
import { isMapping, readDuration, readOneOf, readText, required, scalarOf } from "./readers.ts";
import { checkOrder } from "./thresholdOrder.ts";
import { readEventThreshold, readThreshold, unitOf } from "./thresholds.ts";

export const OWN_SIGNAL_KEYS = [
  "expr",
  "kind",
  "watch",
  "act",
  "title",
  "unit",
  "window",
  "secondNode",
  "otherwise",
] as const;

/** A signal of the user's own: a query that gives its value, and thresholds. */
export function readOwnSignal(id: string, cursor: Cursor): SignalSettings | undefined {
  if (!isMapping(cursor, OWN_SIGNAL_KEYS)) return undefined;
  if (!/^[a-z][a-z0-9-]*$/.test(id)) {
    cursor.problem(
      `${cursor.path} is no name for a signal.`,
      "Write small letters, digits and hyphens: checkout-errors.",
    );
  }
  const expr = readText(cursor.get("expr")) ?? "";
  if (cursor.get("watch").node === null && cursor.get("act").node === null) {
    cursor.problem(`${cursor.path} has no threshold.`, "Add watch, act or both.");
  }
  const kind =
    required(cursor.get("kind"), readOneOf(["level", "event"]), "kind: level, or kind: event") ?? "level";
  const rule = kind === "event" ? eventRule(id, cursor) : levelRule(id, cursor);
  return { rule, expr, options: DEFAULT_OPTIONS };
}

function levelRule(id: string, cursor: Cursor): SignalRule {
  const unit = readUnit(cursor);
  const thresholds = {
    watch: readThreshold(cursor.get("watch"), unit) ?? null,
    act: readThreshold(cursor.get("act"), unit) ?? null,
  };
  checkOrder(cursor, thresholds);
  return { ...baseOf(id, cursor), unit, kind: "level", ...thresholds };
}

/** The unit the thresholds are written in, unless the file says another. */
function readUnit(cursor: Cursor): Unit {
  const said = readOneOf<Unit>(["ratio", "seconds", "count"])(cursor.get("unit"));
  if (said !== undefined) return said;
  const first = cursor.get("watch").node === null ? cursor.get("act") : cursor.get("watch");
  return unitOf(first) ?? "count";
}

function eventRule(id: string, cursor: Cursor): SignalRule {
  const watch = readEventThreshold(cursor.get("watch"));
  const act = readEventThreshold(cursor.get("act"));
  const windowMs = readDuration(cursor.get("window")) ?? watch?.windowMs ?? act?.windowMs ?? HOUR;
  const thresholds = { watch: watch?.count ?? null, act: act?.count ?? null };
  checkOrder(cursor, thresholds);
  return { ...baseOf(id, cursor), unit: "count", kind: "event", windowMs, ...thresholds };
}

function baseOf(
  id: string,
  cursor: Cursor,
): { readonly id: string; readonly title: string; readonly relief: Relief } {
  const said = scalarOf(cursor.get("secondNode"));
  // YAML 1.2 reads yes and no as words; other tools may have made them true and false.
  const word = said === true ? "yes" : said === false ? "no" : said;
  const secondNode = (["yes", "partly", "no"] as const).find((each) => each === word);
  if (said !== undefined && secondNode === undefined) {
    cursor.get("secondNode").problem(`${cursor.path}.secondNode must be yes, partly or no.`);
  }
  return {
    id,
    title: readText(cursor.get("title")) ?? id,
    relief: {
      secondNode: secondNode ?? "partly",
      otherwise: readText(cursor.get("otherwise")) ?? "look at what it measures",
    },
  };
}
