import type { Level } from "./signal.ts";
import type { EpochMs } from "./time.ts";

/** `blind`: too few signals can be judged for Act to be possible at all. */
export type State = "ok" | "watch" | "act" | "blind";

/** Three-valued: what cannot be known is never guessed. */
export type Verdict = "yes" | "no" | "unknown";

/** Whether each threshold of one signal is breached at one instant. */
export interface Judgement {
  readonly watch: Verdict;
  readonly act: Verdict;
}

/** A signal that has been breached long enough to count. */
export interface Sustained {
  readonly signal: string;
  readonly level: Level;
  readonly since: EpochMs;
}

/** What the rule says at one instant. */
export interface Decision {
  readonly state: State;
  readonly at: EpochMs;
  readonly inHours: boolean;
  readonly atLeast: number;
  readonly sustained: readonly Sustained[];
}
