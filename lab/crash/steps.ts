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

/** Walks a plan and kills inside one step after the other. */
export async function crashSteps<Saved>(
  world: CrashWorld<Saved>,
  plan: Plan,
  options: StepsOptions,
  tell: (text: string) => void,
): Promise<readonly StepFigures[]> {
  return await walkSteps(world, plan, options, async ({ id, kind, alone, spread }) => {
    const began = Date.now();
    const figures = await crashMatrix(world, alone, { ...options, ...spread });
    const { boundaries, kills } = figures;
    tell(`${id}: ${kills} kills at ${boundaries} boundaries, ${Math.round((Date.now() - began) / 1000)} s`);
    return { ...figures, kind };
  });
}

/** A step as a plan of its own, and how it is to be crashed. */
interface Alone {
  readonly id: string;
  readonly kind: StepKind;
  readonly alone: Plan;
  readonly spread: Required<Pick<MatrixOptions, "phase" | "leavesNoTrace">>;
}

/**
 * One step after the other, each as a plan of its own: the world before it is what the steps before have made, and
 * nothing of theirs need be done again. `crash` must leave the step carried out.
 */
export async function walkSteps<Saved, Figures>(
  world: CrashWorld<Saved>,
  plan: Plan,
  { from = 0, to = plan.steps.length, ...options }: StepsOptions,
  crash: (step: Alone) => Promise<Figures>,
): Promise<readonly Figures[]> {
  if (from > 0) await carryOut(world, { ...plan, steps: plan.steps.slice(0, from) }, options);
  const all: Figures[] = [];
  for (const [index, step] of plan.steps.slice(0, to).entries()) {
    if (index < from) continue;
    const { id, kind } = step;
    const alone: Plan = { ...plan, id: `${plan.id}-${index + 1}`, steps: [{ ...step, needs: [] }] };
    // Another place in each step: the boundaries that all have in common are met on all sides.
    const spread = { phase: (index * GOLDEN) % 1, leavesNoTrace: TRACELESS.includes(kind) };
    all.push(await crash({ id, kind, alone, spread }));
    await world.forgetRuns();
  }
  return all;
}

const GOLDEN = 0.618;

const TRACELESS: readonly StepKind[] = ["backup", "network-verify"];
