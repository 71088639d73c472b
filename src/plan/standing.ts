import type { Journal, JournalEntry } from "../model/journal.ts";
import type { Plan } from "../model/plan.ts";
import type { Step } from "../model/step.ts";
import type { EpochMs } from "../model/time.ts";

/**
 * Where each step stands, read off the journal. `started` may be anything from not begun to done;
 * only the world knows. `found` was so before, and is not ours to undo.
 */
export type StepState = "started" | "done" | "found" | "undoing";

export interface StepStanding {
  /** As the plan said it when it was last begun. */
  readonly step: Step;
  readonly planId: string;
  readonly state: StepState;
  /** From the first `started` of this attempt, however often it is begun again. */
  readonly before: unknown;
  readonly attempt: string | null;
  readonly outputs: unknown;
  /** When it was first begun, among the others. */
  readonly order: number;
  readonly doneAt: EpochMs | null;
  /** The same step as an earlier plan did it: begun anew once it was done, it has two ways back. */
  readonly earlier: StepStanding | null;
}

/** By id; a step that was never begun, or has been undone, is not in it. */
export type Standing = ReadonlyMap<string, StepStanding>;

export function standingOf({ plans, entries }: Pick<Journal, "plans" | "entries">): Standing {
  const steps = new Map(
    plans.flatMap((plan) => plan.steps.map((step) => [keyOf(plan.id, step.id), step] as const)),
  );
  const standing = new Map<string, StepStanding>();
  for (const entry of entries) {
    const step = steps.get(keyOf(entry.planId, entry.stepId));
    if (step === undefined) continue;
    const next = advance(standing.get(step.id) ?? null, entry, step);
    if (next === null) standing.delete(step.id);
    else standing.set(step.id, next);
  }
  return standing;
}

/** What one entry makes of a step; `null`: as if it had never been. */
function advance(known: StepStanding | null, entry: JournalEntry, step: Step): StepStanding | null {
  const { event, planId } = entry;
  switch (event.kind) {
    case "started":
      return known !== null && isHalfDone(known)
        ? { ...known, step, planId, state: "started" }
        : begun(known, entry, step, event.before);
    case "found":
      return found(known, entry, step, event.outputs);
    case "done":
      return known && { ...known, state: "done", outputs: event.outputs, doneAt: Date.parse(entry.at) };
    case "failed":
      return known;
    case "undoing":
      return known && { ...known, state: "undoing" };
    case "undone":
      return known?.earlier ?? null;
  }
}

function begun(known: StepStanding | null, entry: JournalEntry, step: Step, before: unknown): StepStanding {
  return {
    step,
    planId: entry.planId,
    state: "started",
    before,
    attempt: entry.hash.slice(0, ATTEMPT_LENGTH),
    outputs: null,
    order: entry.number,
    doneAt: null,
    earlier: known?.state === "done" ? known : null,
  };
}

/** What an earlier plan of ours did stays ours, found again or not. */
function found(known: StepStanding | null, entry: JournalEntry, step: Step, outputs: unknown): StepStanding {
  const { planId, number } = entry;
  if (known?.state === "done") return { ...known, planId, outputs };
  const nothing = { before: null, attempt: null, doneAt: null, earlier: null };
  return { step, planId, state: "found", outputs, order: number, ...nothing };
}

const ATTEMPT_LENGTH = 12;

/** Begun, and not known to be done: only the world can tell. */
export function isHalfDone({ state }: StepStanding): boolean {
  return state === "started" || state === "undoing";
}

/** Nothing of it is left to do in this plan. */
export function isFinished(standing: Standing, planId: string, stepId: string): boolean {
  const each = standing.get(stepId);
  return each !== undefined && each.planId === planId && !isHalfDone(each);
}

/** The plan that was last worked on. */
export function currentPlan({ plans, entries }: Pick<Journal, "plans" | "entries">): Plan | null {
  const id = entries.at(-1)?.planId;
  return plans.find((plan) => plan.id === id) ?? null;
}

function keyOf(planId: string, stepId: string): string {
  return `${planId} ${stepId}`;
}
