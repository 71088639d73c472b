import type { PostgresSourceFacts, PostgresTargetFacts } from "../../model/postgresFacts.ts";

/**
 * New rows come home by a subscription of the source to the target: that one must have slots to give, every table must be
 * one whose changes can be streamed, and nothing on the source may act on rows that arrive.
 */
export function mayReturn(source: PostgresSourceFacts, target: PostgresTargetFacts): boolean {
  const hasSlots = target.walLevel === "logical" && target.mayReplicate && target.freeSlots >= 2;
  const { tablesWithoutIdentity, tablesWithoutEquality, alwaysTriggers } = source;
  const unfit = [...tablesWithoutIdentity, ...tablesWithoutEquality, ...alwaysTriggers];
  return hasSlots && unfit.length === 0 && source.largeObjects === 0;
}
