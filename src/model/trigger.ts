import type { SignalRule } from "./signal.ts";
import type { Millis } from "./time.ts";
import type { UsageHours } from "./usageHours.ts";

/** The rule of DESIGN section 2: when to act. */
export interface Trigger {
  /** How many different signals must be sustained at Act at the same instant. */
  readonly atLeast: number;
  /** How long a breach must hold; 30 min at a 1-min interval is 31 evaluations. */
  readonly sustainedMs: Millis;
  /** Evaluations lie on multiples of this. */
  readonly intervalMs: Millis;
  readonly hours: UsageHours;
}

/** A trigger and the signals it watches. */
export interface Rule {
  readonly trigger: Trigger;
  readonly signals: readonly SignalRule[];
}
