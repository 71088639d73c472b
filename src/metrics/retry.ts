import { type EpochMs, type Millis, SECOND } from "../model/time.ts";
import { isBroken } from "./networkFailure.ts";
import { serverError } from "./refusal.ts";
import type { Reply } from "./transport.ts";

export interface RetryHooks {
  readonly now: () => EpochMs;
  readonly sleep: (pauseMs: Millis) => Promise<void>;
}

/** Before the second, third and fourth attempt, unless the server names a pause itself. */
const PAUSES: readonly Millis[] = [SECOND / 2, SECOND, 2 * SECOND];
const LONGEST_PAUSE: Millis = 60 * SECOND;
const PASSING: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** Asks up to four times while the trouble looks passing; then gives the last reply or failure as it is. */
export async function withRetries(ask: () => Promise<Reply>, hooks: RetryHooks): Promise<Reply> {
  for (const pause of PAUSES) {
    const outcome = await ask().catch((error: unknown) => ({ error }));
    const wait = pauseAfter(outcome, pause, hooks.now());
    if (wait !== null) await hooks.sleep(wait);
    else if ("error" in outcome) throw outcome.error;
    else return outcome;
  }
  return ask();
}

/**
 * `Retry-After` in milliseconds; `null` when there is none or it cannot be read.
 * Seconds or a date: https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
 */
export function retryAfterMs(header: string | undefined, now: EpochMs): Millis | null {
  if (header === undefined) return null;
  if (/^\d+$/.test(header)) return Number(header) * SECOND;
  const date = Date.parse(header);
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}

/** `null`: asking again is of no use, or not within a minute. */
function pauseAfter(outcome: Reply | { error: unknown }, pause: Millis, now: EpochMs): Millis | null {
  if ("error" in outcome) return isBroken(outcome.error) ? pause : null;
  // A query that took too long once will again, and costs the server as much.
  if (!PASSING.has(outcome.status) || serverError(outcome.body)?.errorType === "timeout") return null;
  const wait = retryAfterMs(outcome.headers["retry-after"], now) ?? pause;
  return wait > LONGEST_PAUSE ? null : wait;
}
