import { OutgrowError } from "../model/error.ts";
import type { Hazard } from "../model/step.ts";
import { isHalfDone, type StepStanding } from "../plan/standing.ts";
import { type WalkBack, walkBack } from "../plan/walkBack.ts";
import { failureOf, isInterruption, type Outcome, type RunResult, type StepResult } from "./result.ts";
import type { Run } from "./run.ts";
import { handlerOf, probeTask, stepTask } from "./task.ts";

/** Walks back what this and earlier runs did, newest first, to the start or to where there is no way back. */
export async function undo(run: Run): Promise<RunResult> {
  const back = walkBack(run.ledger.standing(), run.world.now());
  const hazards = hazardsOf(back).filter((hazard) => !run.allowed.includes(hazard));
  if (hazards.length > 0) return { outcome: { kind: "consent", hazards }, steps: untouched(back.steps) };
  for (const { planId, step } of back.found) await run.ledger.write(planId, step.id, { kind: "undone" });
  const results: StepResult[] = [];
  for (const [index, each] of back.steps.entries()) {
    const rest = untouched(back.steps.slice(index));
    if (run.world.stopping.aborted) return { outcome: { kind: "stopped" }, steps: [...results, ...rest] };
    const result = await takeBack(each, run);
    const outcome = outcomeOf(result);
    if (outcome !== null) return { outcome, steps: [...results, result, ...rest.slice(1)] };
    results.push(result);
  }
  return { outcome: lastOutcome(back), steps: results };
}

/** What the way back may cost is what the way there may have cost. */
export function hazardsOf({ steps }: WalkBack): readonly Hazard[] {
  const undone = steps.filter(({ step }) => step.undo.kind !== "none");
  const all = undone.flatMap(({ step }) => step.hazards);
  return [...new Set(all)].filter((hazard) => hazard !== "point-of-no-return");
}

function lastOutcome({ steps, end }: WalkBack): Outcome {
  if (end !== null) return { kind: "end-of-undo", ...end };
  return { kind: steps.length === 0 ? "nothing-to-do" : "done" };
}

function outcomeOf({ stepId, result, failure }: StepResult): Outcome | null {
  if (result === "stopped") return { kind: "stopped" };
  return failure === null ? null : { kind: "failed", stepId, failure };
}

function untouched(steps: readonly StepStanding[]): readonly StepResult[] {
  return steps.map(({ step }) => ({ stepId: step.id, result: "untouched", failure: null }));
}

async function takeBack(each: StepStanding, run: Run): Promise<StepResult> {
  const { step, planId } = each;
  try {
    if (step.undo.kind !== "none") await walkOne(each, run);
    // There is nothing to walk back, but it may have been stopped with something still lying about.
    else if (isHalfDone(each)) await handlerOf(step, run).undo(stepTask(step, each, run));
    await run.ledger.write(planId, step.id, { kind: "undone" });
    return { stepId: step.id, result: "undone", failure: null };
  } catch (error) {
    if (isInterruption(error)) return { stepId: step.id, result: "stopped", failure: null };
    const failure = failureOf(error);
    await run.ledger.write(planId, step.id, { kind: "failed", failure }).catch(() => undefined);
    run.report({ kind: "step-failed", stepId: step.id, failure });
    return { stepId: step.id, result: "failed", failure };
  }
}

async function walkOne(each: StepStanding, run: Run): Promise<void> {
  const { step, planId } = each;
  const began = run.world.now();
  run.report({ kind: "step-undoing", stepId: step.id });
  await run.ledger.write(planId, step.id, { kind: "undoing" });
  await handlerOf(step, run).undo(stepTask(step, each, run));
  const probe = await handlerOf(step, run).probe(probeTask(step, each, run));
  if (probe.state === "done") {
    throw new OutgrowError("verify", `${step.id} was taken back, and is still as it was.`);
  }
  run.report({ kind: "step-undone", stepId: step.id, tookMs: run.world.now() - began });
}
