import { formatLocal, placeOfZone } from "../model/localTime.ts";
import type { OpenWay } from "../plan/finishPlan.ts";

/** How long undo still takes a step back, on the user's own clock, and what was wrong with its way. */
export function openWayText({ stepId, until, trouble }: OpenWay, timeZone: string): string {
  if (until === null) return `${stepId} has no way back.`;
  const text = `${stepId} can be taken back until ${formatLocal(until, timeZone)} ${placeOfZone(timeZone)}.`;
  return trouble === null ? text : `${text} But nothing came back when it was looked at: ${trouble}`;
}
