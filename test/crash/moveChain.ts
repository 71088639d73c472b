import type { CrashOrder } from "../../lab/crash/order.ts";

export type Verb = CrashOrder["verb"];

/** One way to die, and one to go on from there. */
export interface Crash {
  readonly verb: Verb;
  /** Which boundary, from 1. */
  readonly at: number;
  readonly way: Verb;
}

/** Those of a run of so many boundaries: each `stride`th from `first` on, with both ways on. */
export function allCrashes(verb: Verb, count: number, first: number, stride: number): readonly Crash[] {
  const all = Array.from({ length: count }, (_, index) => 1 + index);
  const meant = all.filter((at) => at >= first && (at - first) % stride === 0);
  // First the way that comes back to where it began.
  const ways = verb === "apply" ? (["undo", "apply"] as const) : (["apply", "undo"] as const);
  return meant.flatMap((at) => ways.map((way) => ({ verb, at, way })));
}

/**
 * What comes next from where the world is now: each crash begins where the one before has ended, so that none needs a
 * world of its own. Where none begins here, a straight run leads to where the others begin; `null`: none is left.
 */
export function nextInChain(left: readonly Crash[], isMoved: boolean): Crash | Verb | null {
  if (left.length === 0) return null;
  const verb = isMoved ? "undo" : "apply";
  return left.find((crash) => crash.verb === verb) ?? verb;
}
