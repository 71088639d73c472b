import type { EpochMs } from "../model/time.ts";
import type { Standing, StepStanding } from "./standing.ts";

/** The way back: what is walked, newest first, and where it ends before the start. */
export interface WalkBack {
  readonly steps: readonly StepStanding[];
  /** What was found done and so is not ours: left as it is, and looked at anew the next time. */
  readonly found: readonly StepStanding[];
  /** The step behind which nothing can be undone; `null`: all the way to the start. */
  readonly end: { readonly stepId: string; readonly why: string } | null;
}

export function walkBack(standing: Standing, now: EpochMs): WalkBack {
  const all = [...standing.values()].flatMap(layers).sort((a, b) => b.order - a.order);
  const barrier = all.find((each) => each.state !== "found" && whyNot(each, now) !== null);
  const reached = barrier === undefined ? all : all.slice(0, all.indexOf(barrier));
  return {
    steps: reached.filter(({ state }) => state !== "found"),
    found: reached.filter(({ state }) => state === "found"),
    end: barrier === undefined ? null : { stepId: barrier.step.id, why: whyNot(barrier, now) ?? "" },
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
