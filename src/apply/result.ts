import { OutgrowError } from "../model/error.ts";
import type { Failure } from "../model/journal.ts";
import type { Hazard } from "../model/step.ts";

/** What became of one step in this run. */
export interface StepResult {
  readonly stepId: string;
  /** `found`: it was so already. `untouched`: its turn did not come. `stopped`: left at a safe point. */
  readonly result: "done" | "found" | "undone" | "failed" | "stopped" | "untouched";
  readonly failure: Failure | null;
}

/** How a run ended. It never throws for a step: what went wrong is in here. */
export interface RunResult {
  readonly outcome: Outcome;
  readonly steps: readonly StepResult[];
}

export type Outcome =
  | { readonly kind: "done" }
  /** The world is as it is meant to be. */
  | { readonly kind: "nothing-to-do" }
  /** Nothing was touched: these hazards were not agreed to. */
  | { readonly kind: "consent"; readonly hazards: readonly Hazard[] }
  /** The world is another one than the plan was made for. `isBegun`: part of the plan is done. */
  | { readonly kind: "drift"; readonly changes: readonly string[]; readonly isBegun: boolean }
  | { readonly kind: "failed"; readonly stepId: string; readonly failure: Failure }
  | { readonly kind: "stopped" }
  /** Every step is done, and yet a plan made now is not empty. */
  | { readonly kind: "unsettled"; readonly stepIds: readonly string[] }
  /** Undo has come to where it cannot go back. */
  | { readonly kind: "end-of-undo"; readonly stepId: string; readonly why: string };

export function failureOf(error: unknown): Failure {
  if (error instanceof OutgrowError) {
    return { code: error.code, why: error.message, fix: error.hint ?? null };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { code: "internal", why: `This is a bug in outgrow: ${message}`, fix: null };
}

export function isInterruption(error: unknown): boolean {
  return error instanceof OutgrowError && error.code === "interrupted";
}
