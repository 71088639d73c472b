import type { EpochMs } from "../model/time.ts";
import type { Standing, StepStanding } from "./standing.ts";

/** The way back: what is walked, newest first, and where it ends before the start. */
export interface WalkBack {
  readonly steps: readonly StepStanding[];
  /** The step behind which nothing can be undone; `null`: all the way to the start. */
  readonly end: { readonly stepId: string; readonly why: string } | null;
}

/** What was found is not ours, so it stays. */
export function walkBack(standing: Standing, now: EpochMs): WalkBack {
  const ours = [...standing.values()]
    .flatMap(layers)
    .filter(({ state }) => state !== "found")
    .sort((a, b) => b.order - a.order);
  const last = ours.findIndex((each) => whyNot(each, now) !== null);
  const barrier = ours[last];
  if (barrier === undefined) return { steps: ours, end: null };
  return {
    steps: ours.slice(0, last),
    end: { stepId: barrier.step.id, why: whyNot(barrier, now) ?? "" },
  };
}

function layers(each: StepStanding): readonly StepStanding[] {
  return each.earlier === null ? [each] : [each, ...layers(each.earlier)];
}

function whyNot({ step, state, doneAt }: StepStanding, now: EpochMs): string | null {
  const { undo } = step;
  if (undo.kind === "never") {
    return state === "done" ? "it cannot be undone" : "it has begun, and cannot be undone";
  }
  if (undo.kind !== "for" || doneAt === null || now - doneAt <= undo.durationMs) return null;
  return "the time in which it could be undone is over";
}
