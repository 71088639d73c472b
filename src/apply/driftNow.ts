import type { Plan } from "../model/plan.ts";
import type { StepKind } from "../model/step.ts";
import { type Drift, driftOf } from "../plan/drift.ts";
import { isFinished } from "../plan/standing.ts";
import type { Run } from "./run.ts";
import type { Probe } from "./stepKind.ts";
import { handlerOf, probeTask } from "./task.ts";

/**
 * Holds what is left of a plan against one made now, in words; empty when they agree. A step that is done and
 * would be planned again is asked itself: some leave no trace in the facts (a backup), others were taken back by hand.
 */
export async function driftNow(plan: Plan, run: Run): Promise<readonly string[]> {
  const fresh = await run.replan();
  const standing = run.ledger.standing();
  const drifts = driftOf(plan, standing, fresh).map(inWords);
  const again: string[] = [];
  for (const step of plan.steps) {
    const isPlanned = fresh.steps.some(({ id }) => id === step.id);
    if (!isPlanned || !isFinished(standing, plan.id, step.id)) continue;
    const known = standing.get(step.id) ?? null;
    const probe = await handlerOf(step, run).probe(probeTask(step, known, run));
    if (probe.state !== "done") again.push(`${step.id} was done and is no longer so${reasonOf(probe)}`);
  }
  return [...again, ...drifts];
}

function reasonOf(probe: Exclude<Probe<StepKind>, { state: "done" }>): string {
  if (probe.state === "blocked") return `: ${probe.why} ${probe.fix}`;
  return probe.why === undefined ? "" : `: ${probe.why}`;
}

function inWords({ stepId, change }: Drift): string {
  return `${stepId} ${WORDS[change]}`;
}

const WORDS: Readonly<Record<Drift["change"], string>> = {
  gone: "is no longer needed",
  new: "is needed now and is not in the plan",
  changed: "would be planned otherwise now",
};
