import { canonicalJson } from "../model/canonical.ts";
import type { Basis, Plan } from "../model/plan.ts";
import type { Step } from "../model/step.ts";
import { resolveOutputs } from "./resolve.ts";
import type { Standing } from "./standing.ts";

/** The parts of the world that differ from those a plan was made from, by name. */
export function changedParts(then: Basis, now: Basis): readonly string[] {
  const names = new Set([...Object.keys(then.parts), ...Object.keys(now.parts)]);
  return [...names].filter((name) => then.parts[name] !== now.parts[name]).sort();
}

/** A step that a plan made now would say otherwise. */
export interface Drift {
  readonly stepId: string;
  /** `gone`: no longer needed. `new`: needed now. `changed`: needed with other parameters. */
  readonly change: "gone" | "new" | "changed";
}

/** What is left of a plan, held against one made now. What is half done or done is not looked at. */
export function driftOf(plan: Plan, standing: Standing, fresh: Plan): readonly Drift[] {
  const isTouched = (id: string) => standing.get(id)?.planId === plan.id;
  const left = plan.steps.filter(({ id }) => !isTouched(id));
  const known = new Map(plan.steps.map((step) => [step.id, step]));
  const now = new Map(fresh.steps.map((step) => [step.id, step]));
  return [
    ...left.flatMap((step): readonly Drift[] => {
      const other = now.get(step.id);
      if (other === undefined) return [{ stepId: step.id, change: "gone" }];
      return isSame(step, other, standing) ? [] : [{ stepId: step.id, change: "changed" }];
    }),
    ...fresh.steps
      .filter(({ id }) => !known.has(id) && !isTouched(id))
      .map(({ id }): Drift => ({ stepId: id, change: "new" })),
  ];
}

/** A parameter that is still the output of a step to come is the same as long as it refers to the same. */
function isSame(a: Step, b: Step, standing: Standing): boolean {
  return canonicalJson(settled(a, standing)) === canonicalJson(settled(b, standing));
}

function settled({ kind, params }: Step, standing: Standing): unknown {
  try {
    return { kind, params: resolveOutputs<unknown>(params, standing) };
  } catch {
    return { kind, params };
  }
}
