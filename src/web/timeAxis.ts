import { formatLocal } from "../model/localTime.ts";
import { DAY, type EpochMs, HOUR, MINUTE, type Millis, SECOND, type Span } from "../model/time.ts";
import { offsetSpans } from "../trigger/zone.ts";

/** Where instants stand on a strip: 0 to `WIDTH` over the span. */
export interface TimeAxis {
  readonly span: Span;
  readonly x: (at: EpochMs) => number;
  readonly ticks: readonly Tick[];
}

export interface Tick {
  readonly x: number;
  readonly label: string;
}

export const WIDTH = 1000;
/** Further right its label would not fit. */
const LAST_TICK = 0.95 * WIDTH;

export function timeAxis(span: Span, timeZone: string): TimeAxis {
  const length = Math.max(1, span.to - span.from);
  const x = (at: EpochMs) => Math.round(((at - span.from) / length) * WIDTH * 10) / 10;
  const ticks = ticksOf(span, timeZone).map((at) => ({ x: x(at), label: label(at, span, timeZone) }));
  return { span, x, ticks: ticks.filter((tick) => tick.x <= LAST_TICK) };
}

const STEPS: readonly Millis[] = [
  ...[10, 20, 30].map((count) => count * SECOND),
  ...[1, 2, 5, 10, 20, 30].map((count) => count * MINUTE),
  ...[1, 2, 3, 6, 12].map((count) => count * HOUR),
  ...[1, 2, 7, 14, 28, 91, 364].map((count) => count * DAY),
];
const MOST_TICKS = 10;
/** 1970-01-05: weeks are counted from a Monday. */
const MONDAY = 4 * DAY;

/** Round times on the wall clock of the zone: midnights stay midnights when its clock changes. */
function ticksOf(span: Span, timeZone: string): readonly EpochMs[] {
  const step = STEPS.find((each) => (span.to - span.from) / each <= MOST_TICKS) ?? 364 * DAY;
  const origin = step >= 7 * DAY ? MONDAY : 0;
  return offsetSpans(timeZone, span).flatMap(({ from, to, offsetMs }) => {
    const shift = offsetMs - origin;
    const first = Math.ceil((from + shift) / step) * step - shift;
    const count = Math.max(0, Math.ceil((to - first) / step));
    return Array.from({ length: count }, (_, index) => first + index * step);
  });
}

function label(at: EpochMs, { from, to }: Span, timeZone: string): string {
  const [weekday = "", day = "", month = "", time = ""] = formatLocal(at, timeZone).split(" ");
  if (to - from > 6 * DAY) return `${day} ${month}`;
  return time === "00:00" || to - from > 2 * DAY
    ? `${weekday} ${day} ${time}`
    : time + seconds(at, to - from);
}

function seconds(at: EpochMs, length: Millis): string {
  return length > 10 * MINUTE ? "" : `:${String(Math.floor(at / SECOND) % 60).padStart(2, "0")}`;
}
