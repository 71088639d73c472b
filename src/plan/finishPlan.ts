import { canonicalJson, type Hash } from "../model/canonical.ts";
import { PLAN_VERSION, type Plan } from "../model/plan.ts";
import type { OutputsOf, Step, StepOf } from "../model/step.ts";
import type { LostPart } from "../model/steps/postgres-move.ts";
import { type EpochMs, isoInstant, MINUTE } from "../model/time.ts";
import { planId } from "./parsePlan.ts";
import { isHalfDone, type Standing, type StepStanding } from "./standing.ts";

/** A step that is done and still holds what its way back needs. */
export interface OpenWay {
  readonly stepId: string;
  /** When undo no longer takes it; `null`: it never did. */
  readonly until: EpochMs | null;
  /** What was wrong with it when the step was done, in words. */
  readonly trouble: string | null;
}

/** Those that are done and not finished yet. */
export function openWays(standing: Standing): readonly OpenWay[] {
  return unfinished(standing).map(({ step, doneAt, outputs }) => ({
    stepId: step.id,
    until: step.undo.kind === "for" && doneAt !== null ? doneAt + step.undo.durationMs : null,
    trouble: (outputs as OutputsOf<"postgres-move"> | null)?.wayBack ?? null,
  }));
}

export interface FinishSources {
  readonly cluster: string;
  readonly hash: Hash;
  readonly now: EpochMs;
  /** What the user says is lost for good. */
  readonly without: readonly LostPart[];
}

/** A plan of its own, from the journal: no fact of the world tells that a way back is still held open. */
export function finishPlan(standing: Standing, sources: FinishSources): Plan {
  const steps = unfinished(standing).map((move) => finishStep(move, sources.without));
  return planWith(steps, sources);
}

/** Comes before it where the old server is lost: moves that are half done are to end without it, as those do that have begun to. */
export function endingPlan(standing: Standing, sources: FinishSources): Plan {
  const steps = [...standing.values()].filter(isHalfDone).flatMap(({ step }) => {
    if (step.kind !== "postgres-move") return [];
    const without = lostTo(step, sources.without);
    return without.includes("old-server") ? [endingStep(step, without)] : [];
  });
  return planWith(steps, sources);
}

/** What a move was ended without stays lost. */
function lostTo({ params }: StepOf<"postgres-move">, lost: readonly LostPart[]): readonly LostPart[] {
  return [...new Set([...(params.without ?? []), ...lost])];
}

function planWith(steps: readonly Step[], { cluster, hash, now }: FinishSources): Plan {
  const parts = Object.fromEntries(steps.map(({ id, params }) => [id, hash(canonicalJson(params))]));
  const content = {
    version: PLAN_VERSION,
    cluster,
    basis: { hash: hash(canonicalJson(parts)), parts },
    steps,
    staysSingle: [],
    staysAsItIs: [],
    money: { nowMonthlyCents: null, thenMonthlyCents: null },
  } as const;
  return { ...content, id: planId(content, hash), madeAt: isoInstant(now) };
}

type DoneMove = StepStanding & { readonly step: StepOf<"postgres-move">; readonly attempt: string };

function unfinished(standing: Standing): readonly DoneMove[] {
  return [...standing.values()].filter(isDoneMove).filter(({ step, attempt }) => {
    const end = standing.get(finishId(step));
    const isOver = end?.state === "done" || end?.state === "found";
    return !(isOver && end.step.kind === "postgres-finish" && end.step.params.attempt === attempt);
  });
}

function isDoneMove(each: StepStanding): each is DoneMove {
  return each.step.kind === "postgres-move" && each.state === "done" && each.attempt !== null;
}

function finishId({ params }: StepOf<"postgres-move">): string {
  return `postgres-finish/${params.database}`;
}

/** What giving up a way back is, whatever of it is there. */
const FOR_GOOD = {
  needs: [],
  hazards: ["point-of-no-return"],
  pauseMs: 0,
  durationMs: MINUTE,
  monthlyCents: 0,
  undo: { kind: "never" },
} as const;

/** It stays the step it was: begun once, under its own name. */
function endingStep(
  { id, kind, params }: StepOf<"postgres-move">,
  without: readonly LostPart[],
): StepOf<"postgres-move"> {
  return { id, kind, ...FOR_GOOD, params: { ...params, without } };
}

function finishStep({ step, attempt }: DoneMove, lost: readonly LostPart[]): StepOf<"postgres-finish"> {
  const params = { move: step.params, attempt, without: lostTo(step, lost) };
  return { id: finishId(step), kind: "postgres-finish", ...FOR_GOOD, params };
}
