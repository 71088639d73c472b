import { formatLocal, placeOfZone } from "../model/localTime.ts";
import type { OpenWay } from "../plan/finishPlan.ts";

/** How long undo still takes a step back, on the user's own clock. */
export function openWayText({ stepId, until }: OpenWay, timeZone: string): string {
  if (until === null) return `${stepId} has no way back.`;
  return `${stepId} can be taken back until ${formatLocal(until, timeZone)} ${placeOfZone(timeZone)}.`;
}
