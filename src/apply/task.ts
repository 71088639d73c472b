import type { BeforeOf, ParamsOf, Step, StepKind } from "../model/step.ts";
import { resolveOutputs } from "../plan/resolve.ts";
import type { StepStanding } from "../plan/standing.ts";
import type { Run } from "./run.ts";
import type { ProbeTask, StepHandler, StepTask } from "./stepKind.ts";

/** The table holds a handler of the step's own kind; the compiler sees only that it is one of them. */
export function handlerOf({ kind }: Step, { handlers }: Run): StepHandler<StepKind> {
  return handlers[kind] as StepHandler<StepKind>;
}

/** `known` is where the step stands once it was begun. */
export function probeTask(step: Step, known: StepStanding | null, run: Run): ProbeTask<StepKind> {
  const { world, ledger, report } = run;
  return {
    id: step.id,
    params: resolveOutputs(step.params, ledger.standing()) as ParamsOf<StepKind>,
    before: (known?.before ?? null) as BeforeOf<StepKind> | null,
    attempt: known?.attempt ?? null,
    ...(known === null ? {} : { begun: known.step.params as ParamsOf<StepKind> }),
    world,
    say: (text, share, tables) =>
      report({
        kind: "step-news",
        stepId: step.id,
        text,
        share: share ?? null,
        ...(tables === undefined ? {} : { tables }),
      }),
  };
}

/** For a step that was begun: what undo needs is in the journal. */
export function stepTask(step: Step, known: StepStanding, run: Run): StepTask<StepKind> {
  const task = probeTask(step, known, run);
  return { ...task, before: known.before as BeforeOf<StepKind>, attempt: known.attempt ?? "" };
}
