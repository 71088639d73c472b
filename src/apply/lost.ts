import type { Plan } from "../model/plan.ts";
import type { Step, StepKind } from "../model/step.ts";
import { isFinished } from "../plan/standing.ts";
import type { Run } from "./run.ts";
import { handlerOf, probeTask } from "./task.ts";

/** What these steps make lies beside the plan: it goes with the computer it was made on. */
const KEPT_HERE: readonly StepKind[] = ["backup"];

/** Steps that are done and have nothing here to show for it: they are done again before anything else changes. */
export async function lostSteps({ id: planId, steps }: Plan, run: Run): Promise<readonly Step[]> {
  const lost: Step[] = [];
  for (const step of steps.filter(({ kind }) => KEPT_HERE.includes(kind))) {
    const standing = run.ledger.standing();
    const known = standing.get(step.id) ?? null;
    if (!isFinished(standing, planId, step.id)) continue;
    const probe = await handlerOf(step, run).probe(probeTask(step, known, run));
    if (probe.state !== "todo") continue;
    run.report({ kind: "note", text: `${step.id} is done again before anything else${because(probe.why)}.` });
    lost.push(step);
  }
  return lost;
}

function because(why: string | undefined): string {
  return why === undefined ? "" : `: ${why}`;
}
