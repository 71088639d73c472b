import type { AuditContext } from "../audit/context.ts";
import type { Config } from "../config/config.ts";
import type { StepKind, StepOf } from "../model/step.ts";

/** What every planner reads from: the facts, as the audit sees them, and what the user means to do. */
export interface PlanInput {
  readonly config: Config;
  readonly context: AuditContext;
}

/** A step before its place is known: `after` names steps (`node-join/glaze-worker-1`) or whole kinds (`node-join`). */
export type Draft<K extends StepKind = StepKind> = {
  readonly [E in K]: Omit<StepOf<E>, "needs"> & { readonly after: readonly string[] };
}[K];

/** What one kind contributes to a plan. */
export interface Planned {
  /** What was read, by names people know: `volumes`, `host glaze-prod`. The basis is over these. */
  readonly parts: Readonly<Record<string, unknown>>;
  readonly drafts: readonly Draft[];
}

/** How one kind is planned: one file each in `plan/steps/`. */
export interface StepPlanner {
  readonly kind: StepKind;
  /** Planned only beside one of these kinds: what protects or proves others is not needed alone. */
  readonly onlyWith: readonly StepKind[] | null;
  plan(input: PlanInput): Planned;
}

/**
 * Reading is kept apart from deciding: `steps` sees nothing but the view, and the basis is over the whole
 * of it, so that whatever a plan depends on is in its basis. What changes by itself has no place in a view.
 */
export function planner<K extends StepKind, V>(spec: {
  readonly kind: K;
  readonly onlyWith?: readonly StepKind[];
  readonly read: (input: PlanInput) => V;
  readonly parts: (view: V) => Readonly<Record<string, unknown>>;
  readonly steps: (view: V) => readonly Draft<K>[];
}): StepPlanner {
  const { kind, onlyWith = null, read, parts, steps } = spec;
  return {
    kind,
    onlyWith,
    plan: (input) => {
      const view = read(input);
      return { parts: parts(view), drafts: steps(view) as readonly Draft[] };
    },
  };
}

/** What most steps are: quick, free, without hazard, and undone at any time. */
export const HARMLESS = {
  hazards: [],
  pauseMs: 0,
  monthlyCents: 0,
  undo: { kind: "always" },
} as const;
