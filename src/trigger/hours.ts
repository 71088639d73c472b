import { DAY, type EpochMs, MINUTE, type Span } from "../model/time.ts";
import { type UsageHours, WEEKDAYS, type Weekday } from "../model/usageHours.ts";
import { type OffsetSpan, offsetSpans } from "./zone.ts";

/**
 * The stretches of `span` that lie in usage hours, merged and in order. Decided by the
 * wall clock: a skipped hour never shows, so it is never inside; a doubled one shows twice.
 */
export function openSpans(hours: UsageHours, span: Span): readonly Span[] {
  return offsetSpans(hours.timeZone, span)
    .flatMap((offset) => openWithin(hours, offset))
    .reduce<Span[]>(appendMerged, []);
}

/**
 * A fast "is this instant in usage hours?" for instants that mostly move forward.
 * It remembers the month around the last question; the answers depend on the arguments alone.
 */
export function usageClock(hours: UsageHours): (at: EpochMs) => boolean {
  let known: Span = { from: 0, to: 0 };
  let open: readonly Span[] = [];
  let cursor = 0;
  return (at) => {
    if (at < known.from || at >= known.to) {
      known = { from: at - DAY, to: at + 30 * DAY };
      open = openSpans(hours, known);
      cursor = 0;
    }
    if (at < (open[cursor]?.from ?? 0)) cursor = 0;
    while (cursor < open.length && at >= (open[cursor]?.to ?? 0)) cursor++;
    const candidate = open[cursor];
    return candidate !== undefined && at >= candidate.from;
  };
}

/** Within one offset the wall clock runs straight, so a usage day is one stretch of it. */
function openWithin(hours: UsageHours, { from, to, offsetMs }: OffsetSpan): readonly Span[] {
  const firstDay = Math.floor((from + offsetMs) / DAY) - 1;
  const lastDay = Math.floor((to + offsetMs) / DAY);
  const spans: Span[] = [];
  for (let day = firstDay; day <= lastDay; day++) {
    if (!hours.days.includes(weekdayOf(day))) continue;
    const open = day * DAY + hours.from * MINUTE - offsetMs;
    const close = day * DAY + closingMinute(hours) * MINUTE - offsetMs;
    const clipped = { from: Math.max(open, from), to: Math.min(close, to) };
    if (clipped.from < clipped.to) spans.push(clipped);
  }
  return spans;
}

function closingMinute(hours: UsageHours): number {
  return hours.to > hours.from ? hours.to : hours.to + DAY / MINUTE;
}

/** Days count from 1970-01-01, which was a Thursday. */
function weekdayOf(epochDay: number): Weekday {
  return WEEKDAYS[(((epochDay + 3) % 7) + 7) % 7] as Weekday;
}

function appendMerged(spans: Span[], next: Span): Span[] {
  const last = spans.at(-1);
  if (last !== undefined && last.to >= next.from) {
    spans[spans.length - 1] = { from: last.from, to: Math.max(last.to, next.to) };
  } else {
    spans.push(next);
  }
  return spans;
}
