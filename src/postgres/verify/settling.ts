import { setTimeout as sleep } from "node:timers/promises";
import type { Millis } from "../../model/time.ts";

/** What is done again and again beside something that takes long. */
export interface Settling {
  /** Does it while nothing of that is at work. Throws what that has failed with, if it has. */
  alone<T>(deed: () => Promise<T>): Promise<T>;
  /** Ends it. Throws as `alone` does. */
  end(): Promise<void>;
}

export function startSettling(everyMs: Millis, settle: () => Promise<void>): Settling {
  const ended = new AbortController();
  let turn: Promise<unknown> = Promise.resolve();
  const alone = <T>(deed: () => Promise<T>): Promise<T> => {
    const own = turn.then(deed);
    turn = own;
    return own;
  };
  const settling = (async () => {
    for (;;) {
      await sleep(everyMs, undefined, { signal: ended.signal }).catch(() => undefined);
      if (ended.signal.aborted) return;
      await alone(settle);
    }
  })();
  // Told to whoever asks next.
  settling.catch(() => undefined);
  return {
    alone,
    async end() {
      ended.abort();
      await settling;
    },
  };
}
