import type { Rule } from "../model/trigger.ts";

export const LEVEL = "outgrow:signal:level";
export const OPEN = "outgrow:usage_hours:open";
export const STATE = "outgrow:state";

/** What the state's number means; the engine's words. */
export const STATE_NUMBERS = { ok: 0, watch: 1, act: 2, blind: 3 } as const;

/** Every series carries its cluster, so that several share one tenant without mixing. */
export const CLUSTER_LABEL = "outgrow_cluster";

export function clusterMatcher(clusterName: string): string {
  return `${CLUSTER_LABEL}=${JSON.stringify(clusterName)}`;
}

/** The signals that can reach Act, as a matcher; only they can save the rule from being blind. */
export function ableMatcher({ signals }: Rule): string {
  const unable = signals.filter(({ act }) => act === null).map(({ id }) => id);
  return unable.length === 0 ? "" : `,signal!~"${unable.join("|")}"`;
}
