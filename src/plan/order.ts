import type { Step } from "../model/step.ts";
import type { Draft } from "./planner.ts";

/** Puts each draft behind all it needs; among those that are free, the order given is kept. */
export function ordered(drafts: readonly Draft[]): readonly Step[] {
  const waiting = drafts.map((draft) => stepOf(draft, drafts));
  const placed: Step[] = [];
  while (waiting.length > 0) {
    const next = waiting.findIndex(({ needs }) => needs.every((id) => placed.some((step) => step.id === id)));
    if (next === -1) throw new Error(`steps need each other: ${waiting.map(({ id }) => id).join(", ")}`);
    placed.push(...waiting.splice(next, 1));
  }
  return placed;
}

/** A step or kind that is not planned is so already, and needs no waiting for. */
function stepOf({ after, ...step }: Draft, drafts: readonly Draft[]): Step {
  const needs = drafts.filter(
    ({ id, kind }) => id !== step.id && (after.includes(id) || after.includes(kind)),
  );
  return { ...step, needs: needs.map(({ id }) => id) } as Step;
}
