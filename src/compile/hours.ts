import { DAY, type EpochMs, SECOND } from "../model/time.ts";
import { type UsageHours, WEEKDAYS } from "../model/usageHours.ts";
import { type OffsetSpan, offsetSpans } from "../trigger/zone.ts";

/** Usage hours as PromQL: 1 inside, 0 outside. PromQL knows UTC only, so the zone's real transitions are written out. */
export interface HoursExpression {
  readonly expr: string;
  /** Until when the zone's transitions are known; `null`: the zone has none. */
  readonly until: EpochMs | null;
  /** The offset that holds before the first transition. */
  readonly firstOffsetMs: number;
}

/** A year back, for dashboards and tests; two ahead, which is as far as anybody should trust a parliament. */
const BACK = 366 * DAY;
const AHEAD = 2 * 366 * DAY;

export function hoursExpression(hours: UsageHours, now: EpochMs): HoursExpression {
  const spans = offsetSpans(hours.timeZone, { from: now - BACK, to: now + AHEAD });
  const firstOffsetMs = spans[0]?.offsetMs ?? 0;
  const until = spans.length > 1 ? now + AHEAD : null;
  const open = openExpression(hours, localTime(spans));
  return { expr: open === null ? "vector(1)" : `count(${open}) or vector(0)`, until, firstOffsetMs };
}

/** Seconds since 1970 on the wall clock. The first span reaches back, and the last one on, for ever. */
function localTime(spans: readonly OffsetSpan[]): string {
  const offsets = spans.map(({ from, to, offsetMs }, index) => {
    const conditions = [
      ...(index === 0 ? [] : [`>= ${from / SECOND}`]),
      ...(index === spans.length - 1 ? [] : [`< ${to / SECOND}`]),
    ];
    const offset = `vector(${offsetMs / SECOND})`;
    return conditions.length === 0
      ? offset
      : `(${offset} and on () (vector(time()) ${conditions.join(" ")}))`;
  });
  return `(vector(time()) + (${offsets.join(" or ")}))`;
}

/** A vector that is there while the clock on the wall is inside; `null`: it always is. */
function openExpression({ days, from, to }: UsageHours, local: string): string | null {
  const minute = `(hour(${local}) * 60 + minute(${local}))`;
  if (to > from)
    return both(from === 0 && to === 24 * 60 ? null : `${minute} >= ${from} < ${to}`, onDays(days, local, 0));
  // Over midnight the small hours belong to the day before.
  const evening = both(`${minute} >= ${from}`, onDays(days, local, 0));
  const morning = both(`${minute} < ${to}`, onDays(days, local, 1));
  return `(${evening}) or (${morning})`;
}

function both(time: string | null, day: string | null): string | null {
  if (time === null || day === null) return time ?? day;
  return `(${time}) and on () (${day})`;
}

/** PromQL's week begins on Sunday with 0. */
function onDays(days: UsageHours["days"], local: string, daysBefore: number): string | null {
  if (WEEKDAYS.every((day) => days.includes(day))) return null;
  const weekday =
    daysBefore === 0 ? `day_of_week(${local})` : `((day_of_week(${local}) + ${7 - daysBefore}) % 7)`;
  return days.map((day) => `${weekday} == ${(WEEKDAYS.indexOf(day) + 1) % 7}`).join(" or ");
}
