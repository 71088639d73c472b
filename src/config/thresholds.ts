import type { Unit } from "../model/signal.ts";
import type { Millis } from "../model/time.ts";
import type { Cursor } from "./cursor.ts";
import { scalarOf } from "./readers.ts";
import { parseDuration, parseEvents, parsePercent } from "./units.ts";

/** A threshold in the signal's unit: a ratio from 0 to 1, seconds, or a count. `undefined` after a problem. */
export function readThreshold(cursor: Cursor, unit: Unit): number | undefined {
  const value = scalarOf(cursor);
  if (value === undefined) return undefined;
  const threshold = unitReaders[unit](value);
  if (threshold !== null) return threshold;
  cursor.problem(`${cursor.path}: ${described(value)} ${WANTED[unit]}.`, EXAMPLES[unit](value));
  return undefined;
}

type Scalar = string | number | boolean;

const unitReaders: Readonly<Record<Unit, (value: Scalar) => number | null>> = {
  ratio: (value) => (typeof value === "string" ? parsePercent(value) : null),
  seconds: (value) => {
    const duration = typeof value === "string" ? parseDuration(value) : null;
    return duration === null ? null : duration / 1000;
  },
  count: (value) => (typeof value === "number" && value >= 0 ? value : null),
};

const WANTED: Readonly<Record<Unit, string>> = {
  ratio: "is not a percentage",
  seconds: "is not a duration with its unit",
  count: "is not a number",
};

const EXAMPLES: Readonly<Record<Unit, (value: Scalar) => string>> = {
  ratio: (value) => `Write ${typeof value === "number" ? value : 60}%.`,
  seconds: (value) =>
    `Write ${typeof value === "number" ? value : 500}ms or ${typeof value === "number" ? value : 1}s.`,
  count: () => "Write 40, without a unit.",
};

function described(value: Scalar): string {
  return typeof value === "number" ? `${value}` : JSON.stringify(value);
}

/** Which unit a threshold is written in, where the signal does not say. */
export function unitOf(cursor: Cursor): Unit | undefined {
  const value = scalarOf(cursor);
  if (typeof value === "number") return "count";
  if (typeof value !== "string") return undefined;
  if (parsePercent(value) !== null) return "ratio";
  return parseDuration(value) === null ? undefined : "seconds";
}

export interface EventThreshold {
  readonly count: number;
  /** `null`: the signal's own window. */
  readonly windowMs: Millis | null;
}

/** `1 per 60m`, or only the number. */
export function readEventThreshold(cursor: Cursor): EventThreshold | undefined {
  const value = scalarOf(cursor);
  if (value === undefined) return undefined;
  const events = typeof value === "number" ? { count: value, windowMs: null } : parseEvents(String(value));
  if (events !== null && Number.isInteger(events.count) && events.count > 0) return events;
  cursor.problem(`${cursor.path}: ${described(value)} is not a number of events.`, "Write 1 per 60m.");
  return undefined;
}
