import type { Failure } from "../model/journal.ts";
import type { Step } from "../model/step.ts";
import { isHalfDone, type StepStanding } from "../plan/standing.ts";
import { failureOf, isInterruption, type StepResult } from "./result.ts";
import type { Run } from "./run.ts";
import { handlerOf, probeTask, stepTask } from "./task.ts";

/**
 * Brings one step to its end: looks, writes down that it begins, does it, looks again, writes down
 * that it is done. After a crash it is the same: what is so already is not done again.
 */
export async function perform(step: Step, planId: string, run: Run): Promise<StepResult> {
  try {
    return await advance(step, planId, run);
  } catch (error) {
    if (isInterruption(error)) return { stepId: step.id, result: "stopped", failure: null };
    return await failed(step, planId, failureOf(error), run);
  }
}

async function advance(step: Step, planId: string, run: Run): Promise<StepResult> {
  const { ledger, report, world } = run;
  const known = halfDone(step, run);
  const probe = await handlerOf(step, run).probe(probeTask(step, known, run));
  if (probe.state === "blocked") {
    return await failed(step, planId, { code: "verify", why: probe.why, fix: probe.fix }, run);
  }
  if (probe.state === "done" && known === null) {
    await ledger.write(planId, step.id, { kind: "found", outputs: probe.outputs });
    report({ kind: "step-found", stepId: step.id });
    return { stepId: step.id, result: "found", failure: null };
  }
  const began = world.now();
  report({ kind: "step-started", stepId: step.id });
  if (probe.state === "todo") {
    await ledger.write(planId, step.id, { kind: "started", before: known?.before ?? probe.before });
    await handlerOf(step, run).run(begunTask(step, run));
  }
  const outputs = await handlerOf(step, run).verify(begunTask(step, run));
  await ledger.write(planId, step.id, { kind: "done", outputs });
  report({ kind: "step-done", stepId: step.id, tookMs: world.now() - began });
  return { stepId: step.id, result: "done", failure: null };
}

function halfDone({ id }: Step, { ledger }: Run): StepStanding | null {
  const known = ledger.standing().get(id);
  return known !== undefined && isHalfDone(known) ? known : null;
}

function begunTask(step: Step, run: Run) {
  const known = run.ledger.standing().get(step.id);
  if (known === undefined) throw new Error(`${step.id} was not written down before it began`);
  return stepTask(step, known, run);
}

/**
 * What cannot even be written down is told all the same. Of a plan that has not begun the step nothing is written: the one
 * that has is the one to go on with.
 */
async function failed(step: Step, planId: string, failure: Failure, run: Run): Promise<StepResult> {
  if (halfDone(step, run)?.planId === planId) {
    await run.ledger.write(planId, step.id, { kind: "failed", failure }).catch(() => undefined);
  }
  run.report({ kind: "step-failed", stepId: step.id, failure });
  return { stepId: step.id, result: "failed", failure };
}
