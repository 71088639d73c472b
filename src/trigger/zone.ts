import { Temporal } from "temporal-polyfill";
import type { Millis, Span } from "../model/time.ts";

/** A stretch of time in which a zone keeps one distance from UTC. */
export interface OffsetSpan extends Span {
  /** Local wall clock minus UTC. */
  readonly offsetMs: Millis;
}

/** The zone's offsets over `span`, gapless and in order, cut at every real transition of the IANA zone. */
export function offsetSpans(timeZone: string, span: Span): readonly OffsetSpan[] {
  const spans: OffsetSpan[] = [];
  let from = span.from;
  while (from < span.to) {
    const local = Temporal.Instant.fromEpochMilliseconds(from).toZonedDateTimeISO(timeZone);
    const next = local.getTimeZoneTransition("next")?.epochMilliseconds ?? Number.POSITIVE_INFINITY;
    const to = Math.min(next, span.to);
    spans.push({ from, to, offsetMs: local.offsetNanoseconds / 1e6 });
    from = to;
  }
  return spans;
}
