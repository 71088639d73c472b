import type { Millis } from "../model/time.ts";

/** What is asked when an answer takes long. */
export interface AnswerWatch {
  readonly everyMs: Millis;
  /** Whether the server still works on the question; throws when it cannot be reached. */
  readonly isAtWork: () => Promise<boolean>;
  /** Ends the wait. */
  readonly giveUp: () => void;
}

/** One look may meet the moment between two statements. */
const LOOKS = 2;

/**
 * A way that dies silently brings no answer and no error: Node can say when a first probe is sent, and the kernel then
 * waits eleven minutes more. Long work is common here, so an answer that takes long is asked after, not timed.
 * Dispose it when the answer is there.
 */
export function watchAnswer({ everyMs, isAtWork, giveUp }: AnswerWatch): Disposable {
  let doubts = 0;
  let isOver = false;
  const look = async () => {
    doubts = (await isAtWork().catch(() => false)) ? 0 : doubts + 1;
    if (isOver) return;
    if (doubts < LOOKS) timer = setTimeout(look, everyMs);
    else giveUp();
  };
  let timer = setTimeout(look, everyMs);
  return {
    [Symbol.dispose]() {
      isOver = true;
      clearTimeout(timer);
    },
  };
}
