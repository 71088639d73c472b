import { MINUTE, SECOND } from "../model/time.ts";
import type { Trigger } from "../model/trigger.ts";
import { type UsageHours, WEEKDAYS } from "../model/usageHours.ts";
import type { Cursor } from "./cursor.ts";
import { isMapping, readCount, readDuration, readList, readOneOf, readText } from "./readers.ts";
import { parseClock } from "./units.ts";
import { readTimeZone } from "./zone.ts";

const MIDNIGHT = 0;
const END_OF_DAY = 24 * 60;

/** Without usage hours every hour counts. */
const ALWAYS: UsageHours = { timeZone: "UTC", days: WEEKDAYS, from: MIDNIGHT, to: END_OF_DAY };

export const DEFAULT_TRIGGER = { atLeast: 2, sustainedMs: 30 * MINUTE, intervalMs: MINUTE } as const;

export function readTrigger(cursor: Cursor, hours: UsageHours): Trigger {
  if (!isMapping(cursor, ["atLeast", "sustained", "interval"])) return { ...DEFAULT_TRIGGER, hours };
  const trigger = {
    atLeast: readCount(cursor.get("atLeast")) ?? DEFAULT_TRIGGER.atLeast,
    sustainedMs: readDuration(cursor.get("sustained")) ?? DEFAULT_TRIGGER.sustainedMs,
    intervalMs: readDuration(cursor.get("interval")) ?? DEFAULT_TRIGGER.intervalMs,
    hours,
  };
  checkSteps(cursor, trigger);
  return trigger;
}

function checkSteps(cursor: Cursor, { sustainedMs, intervalMs }: Trigger): void {
  if (intervalMs % SECOND !== 0) {
    cursor.get("interval").problem("trigger.interval must be whole seconds.", "Write 1m, or 15s.");
  } else if (sustainedMs % intervalMs !== 0) {
    cursor
      .get("sustained")
      .problem(
        "trigger.sustained must be a whole multiple of trigger.interval.",
        "Write 30m with an interval of 1m, say.",
      );
  }
}

export function readUsageHours(cursor: Cursor): UsageHours {
  if (!isMapping(cursor, ["timeZone", "days", "from", "to"])) return ALWAYS;
  const hours = {
    timeZone: readTimeZone(cursor.get("timeZone")) ?? ALWAYS.timeZone,
    days: readDays(cursor.get("days")) ?? ALWAYS.days,
    from: readClock(cursor.get("from")) ?? ALWAYS.from,
    to: readClock(cursor.get("to")) ?? ALWAYS.to,
  };
  if (hours.from % END_OF_DAY === hours.to % END_OF_DAY && hours.to !== END_OF_DAY) {
    cursor
      .get("to")
      .problem(
        "usageHours would never begin: from and to are the same.",
        'Write from: "00:00", to: "24:00" for the whole day.',
      );
  }
  return hours;
}

function readDays(cursor: Cursor): UsageHours["days"] | undefined {
  const days = readList(readOneOf(WEEKDAYS))(cursor);
  if (days === undefined || days.length > 0 || cursor.items().length > 0) return days;
  cursor.problem(
    "usageHours.days has no day.",
    `Write [${WEEKDAYS.join(", ")}], or leave it out for every day.`,
  );
  return undefined;
}

function readClock(cursor: Cursor): number | undefined {
  if (cursor.node === null) return undefined;
  const text = readText(cursor);
  const minutes = text === undefined ? null : parseClock(text);
  if (text !== undefined && minutes === null) {
    cursor.problem(`${cursor.path} must be a time of day.`, 'Write "08:00" or "23:30".');
  }
  return minutes ?? undefined;
}
