import { placeOfZone } from "./localTime.ts";

export const WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/** Minutes after midnight on the wall clock, 0 to 1440. */
export type MinuteOfDay = number;

/**
 * The hours in which the rule counts, on the wall clock of an IANA zone: an instant
 * is inside when the clock on the wall there shows `from` or later and not yet `to`.
 * `to` before `from` runs over midnight and belongs to the day it began on.
 */
export interface UsageHours {
  readonly timeZone: string;
  readonly days: readonly Weekday[];
  readonly from: MinuteOfDay;
  readonly to: MinuteOfDay;
}

/** `daily 08:00–23:00 New York`, `mon, tue 22:00–06:00 UTC`. */
export function describeHours({ days, from, to, timeZone }: UsageHours): string {
  const which = days.length === WEEKDAYS.length ? "daily" : days.join(", ");
  return `${which} ${clock(from)}–${clock(to)} ${placeOfZone(timeZone)}`;
}

function clock(minute: MinuteOfDay): string {
  return [Math.floor(minute / 60), minute % 60].map((part) => String(part).padStart(2, "0")).join(":");
}
