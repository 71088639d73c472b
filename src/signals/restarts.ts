import type { Millis } from "../model/time.ts";
import { windowOf } from "./promql.ts";

/** A count that only goes up and says something happened, and the labels that tell its owners apart. */
export interface HappeningCounter {
  readonly selector: string;
  readonly identity: readonly string[];
  /** The selector of the owner's time of birth, if there is one: what a newborn counts has just happened. */
  readonly bornAt?: string;
}

/**
 * By how much a counter went up since the minute before, whole: `increase` would make 1.03 of one.
 * Duplicates of one owner count once, a reset or a gap counts nothing, and the minutes add up
 * to the whole. Filtering this by what was true at that minute is what `eventsIn` is for.
 */
export function happened({ selector, identity, bornAt }: HappeningCounter): string {
  const by = `by (${identity.join(", ")})`;
  const now = `max ${by} (${selector})`;
  const before = `max ${by} (last_over_time(${selector}[1h] offset 1m))`;
  if (bornAt === undefined) return `((${now} - ${before}) > 0)`;
  const newborn = `0 * ${now} and on (namespace, pod) (time() - max by (namespace, pod) (${bornAt}) < ${NEWBORN_S})`;
  return `((${now} - (${before} or (${newborn}))) > 0)`;
}

const NEWBORN_S = 600;

/**
 * Events in the trailing window; 0 while `companion` shows that somebody counts. A second less
 * than the window holds exactly its minutes, whether the store's windows are closed or half-open.
 * https://prometheus.io/docs/prometheus/latest/migration/#range-selectors-and-lookback-exclude-samples-coinciding-with-the-left-boundary
 */
export function eventsIn(windowMs: Millis, events: string, companion: string): string {
  return `sum(sum_over_time((${events})[${windowOf(windowMs - 1000)}:1m])) or 0 * max(${companion})`;
}
