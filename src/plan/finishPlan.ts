import { canonicalJson, type Hash } from "../model/canonical.ts";
import { PLAN_VERSION, type Plan } from "../model/plan.ts";
import type { OutputsOf, StepOf } from "../model/step.ts";
import type { LostPart } from "../model/steps/postgres-finish.ts";
import { type EpochMs, isoInstant, MINUTE } from "../model/time.ts";
import { planId } from "./parsePlan.ts";
import type { Standing, StepStanding } from "./standing.ts";

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
export function finishPlan(standing: Standing, { cluster, hash, now, without }: FinishSources): Plan {
  const steps = unfinished(standing).map((move) => finishStep(move, without));
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

function finishStep({ step, attempt }: DoneMove, without: readonly LostPart[]): StepOf<"postgres-finish"> {
  return {
    id: finishId(step),
    kind: "postgres-finish",
    needs: [],
    hazards: ["point-of-no-return"],
    pauseMs: 0,
    durationMs: MINUTE,
    monthlyCents: 0,
    undo: { kind: "never" },
    params: { move: step.params, attempt, without },
  };
}
