import type { Plan } from "../../src/model/plan.ts";
import type { StepKind } from "../../src/model/step.ts";
import { type CrashWorld, carryOut, crashMatrix, type MatrixFigures, type MatrixOptions } from "./matrix.ts";

/** What one step has survived. */
export interface StepFigures extends MatrixFigures {
  readonly kind: StepKind;
}

export interface StepsOptions extends Omit<MatrixOptions, "leavesNoTrace" | "phase"> {
  /** The first step that is crashed; those before are only carried out. */
  readonly from?: number;
  /** Where it ends, this one not counted. */
  readonly to?: number;
}

/**
 * Walks a plan and kills inside one step after the other, each as a plan of its own: the world before it is
 * what the steps before have made, and nothing of theirs need be done again.
 */
export async function crashSteps<Saved>(
  world: CrashWorld<Saved>,
  plan: Plan,
  { from = 0, to = plan.steps.length, ...options }: StepsOptions,
  tell: (text: string) => void,
): Promise<readonly StepFigures[]> {
  if (from > 0) await carryOut(world, { ...plan, steps: plan.steps.slice(0, from) }, options);
  const all: StepFigures[] = [];
  for (const [index, step] of plan.steps.slice(0, to).entries()) {
    if (index < from) continue;
    const alone: Plan = { ...plan, id: `${plan.id}-${index + 1}`, steps: [{ ...step, needs: [] }] };
    const began = Date.now();
    const figures = await crashMatrix(world, alone, {
      ...options,
      // Another place in each step: the boundaries that all have in common are met on all sides.
      phase: (index * GOLDEN) % 1,
      leavesNoTrace: TRACELESS.includes(step.kind),
    });
    await world.forgetRuns();
    const { boundaries, kills } = figures;
    tell(
      `${step.id}: ${kills} kills at ${boundaries} boundaries, ${Math.round((Date.now() - began) / 1000)} s`,
    );
    all.push({ ...figures, kind: step.kind });
  }
  return all;
}

const GOLDEN = 0.618;

const TRACELESS: readonly StepKind[] = ["backup", "network-verify"];
