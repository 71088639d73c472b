import type { Plan } from "../model/plan.ts";
import { isHalfDone, standingOf } from "../plan/standing.ts";
import { openMirror } from "./mirror.ts";
import type { World } from "./world.ts";

/**
 * Whether there is anything to do at all, without lock or journal: nothing is half done, and a plan made now is
 * empty. So a converged `apply` is quick and may run in every deploy, beside others.
 */
export async function isConverged(
  { kube }: Pick<World, "kube">,
  replan: () => Promise<Plan>,
): Promise<boolean> {
  const journal = await openMirror(kube).read();
  // First: between two states of the world a plan means nothing, and may not even be had.
  if (journal !== null && [...standingOf(journal).values()].some(isHalfDone)) return false;
  return (await replan()).steps.length === 0;
}
