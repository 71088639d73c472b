import { OutgrowError } from "../model/error.ts";
import type { Plan } from "../model/plan.ts";
import type { Hazard, Step } from "../model/step.ts";
import { changedParts } from "../plan/drift.ts";
import { isFinished, isHalfDone } from "../plan/standing.ts";
import { driftNow } from "./driftNow.ts";
import { lostSteps } from "./lost.ts";
import { perform } from "./perform.ts";
import { failureOf, type Outcome, type RunResult, type StepResult } from "./result.ts";
import type { Run } from "./run.ts";

/**
 * Carries a plan out, from wherever the journal says it stands. What is half done is settled
 * first: until then the world is between two states, and a plan made from it would mean nothing. Only what another
 * computer has kept comes before it.
 */
export async function apply(plan: Plan, run: Run): Promise<RunResult> {
  const begun = run.ledger.standing();
  const isBegun = plan.steps.some(({ id }) => begun.get(id)?.planId === plan.id);
  refuseStrangers(plan, run);
  const consent = missingConsent(plan, run);
  const halfDone = plan.steps.filter(({ id }) => isHalf(id, run));
  if (!isBegun) {
    const changes = changedParts(plan.basis, (await run.replan()).basis);
    if (changes.length > 0) return untouched(plan, { kind: "drift", changes, isBegun });
  }
  if (consent.length > 0) return untouched(plan, { kind: "consent", hazards: consent });
  run.ledger.begin(plan);
  const isLeft = plan.steps.some(({ id }) => !isFinished(run.ledger.standing(), plan.id, id));
  const lost = isBegun && isLeft ? await lostSteps(plan, run) : [];
  const settled = await performAll([...lost, ...halfDone], plan, run);
  if (settled.outcome !== null) return ended(plan, settled.results, settled.outcome);
  if (isBegun) {
    const changes = await driftNow(plan, run);
    if (changes.length > 0) return ended(plan, settled.results, { kind: "drift", changes, isBegun });
  }
  const left = plan.steps.filter(({ id }) => !isFinished(run.ledger.standing(), plan.id, id));
  const { results, outcome } = await performAll(left, plan, run);
  return ended(plan, [...settled.results, ...results], outcome ?? (await lastLook(run)));
}

/** Nothing is left: a plan made now must be empty. */
async function lastLook(run: Run): Promise<Outcome> {
  try {
    const { steps } = await run.replan();
    return steps.length === 0 ? { kind: "done" } : { kind: "unsettled", stepIds: steps.map(({ id }) => id) };
  } catch (error) {
    return { kind: "failed", stepId: "the last look at the facts", failure: failureOf(error) };
  }
}

interface Performed {
  readonly results: readonly StepResult[];
  /** `null`: all of them went well. */
  readonly outcome: Outcome | null;
}

async function performAll(steps: readonly Step[], plan: Plan, run: Run): Promise<Performed> {
  const results: StepResult[] = [];
  for (const step of steps) {
    if (run.world.stopping.aborted) return { results, outcome: { kind: "stopped" } };
    const result = await perform(step, plan.id, run);
    results.push(result);
    if (result.result === "stopped") return { results, outcome: { kind: "stopped" } };
    if (result.failure !== null) {
      return { results, outcome: { kind: "failed", stepId: step.id, failure: result.failure } };
    }
  }
  return { results, outcome: null };
}

/** A step of another plan that is half done would be lost sight of. */
function refuseStrangers(plan: Plan, { ledger }: Run): void {
  const ids = new Set(plan.steps.map(({ id }) => id));
  const stranger = [...ledger.standing().values()].find((each) => isHalfDone(each) && !ids.has(each.step.id));
  if (stranger === undefined) return;
  throw new OutgrowError(
    "journal",
    `${stranger.step.id} of plan ${stranger.planId} is half done, and plan ${plan.id} does not know it.`,
    { hint: "Bring it to an end with outgrow apply, or take it back with outgrow undo." },
  );
}

function missingConsent(plan: Plan, { ledger, allowed }: Run): readonly Hazard[] {
  const left = plan.steps.filter(({ id }) => !isFinished(ledger.standing(), plan.id, id));
  const hazards = new Set(left.flatMap((step) => step.hazards));
  return [...hazards].filter((hazard) => !allowed.includes(hazard));
}

function isHalf(id: string, { ledger }: Run): boolean {
  const known = ledger.standing().get(id);
  return known !== undefined && isHalfDone(known);
}

function untouched(plan: Plan, outcome: Outcome): RunResult {
  return ended(plan, [], outcome);
}

/** Every step of the plan, with what became of it in this run. */
function ended(plan: Plan, results: readonly StepResult[], outcome: Outcome): RunResult {
  const byId = new Map(results.map((result) => [result.stepId, result]));
  const steps = plan.steps.map(
    ({ id }): StepResult => byId.get(id) ?? { stepId: id, result: "untouched", failure: null },
  );
  return { outcome, steps };
}
