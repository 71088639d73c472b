import type { CrashOrder } from "../../lab/crash/order.ts";

export type Verb = CrashOrder["verb"];

/** One way to die, and one to go on from there. */
export interface Crash {
  readonly verb: Verb;
  /** Which boundary, from 1. */
  readonly at: number;
  readonly way: Verb;
}

/**
 * The boundaries of a run at which the world is another than at the one before: after a deed and before the next one it
 * is the same. Numbered from 1, as they are passed.
 */
export function states(names: readonly string[]): readonly number[] {
  const isSame = (name: string, next: string | undefined) =>
    name.startsWith("after ") && next?.startsWith("before ") === true;
  return names.flatMap((name, index) => (isSame(name, names[index + 1]) ? [] : [1 + index]));
}

/** Both ways on from each `stride`th state, the `first` to begin with. */
export function allCrashes(
  verb: Verb,
  names: readonly string[],
  first: number,
  stride: number,
): readonly Crash[] {
  const meant = states(names).filter((_, index) => index + 1 >= first && (index + 1 - first) % stride === 0);
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
