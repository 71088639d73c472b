/** How many connections an application may hold at once, and of what that is the sum. */
export interface ConnectionDemand {
  readonly steady: number;
  /** While rollouts run, old pods and new ones side by side. */
  readonly peak: number;
  /** `Deployment default/web 2 + 1 in a rollout × 8 (2 workers × 4 threads)` */
  readonly parts: readonly string[];
}

/** What outgrow holds beside the application: the move's own session, a look, and the timer that lets go of writes. */
export const OWN_CONNECTIONS = 3;

/** `25 connections, 37 in a rollout, and 3 of the move itself`, with the sum behind it. */
export function demandText({ steady, peak }: ConnectionDemand): string {
  return `${steady} connections, ${peak} in a rollout, and ${OWN_CONNECTIONS} of the move itself`;
}

/** What to do where the application may hold no more than `most`. */
export function demandFix({ peak }: ConnectionDemand, most: number, size: string): string {
  return `Lower threads or concurrency until ${peak} is ${most} or less, or set maxSurge: 0 and maxUnavailable: 1, or put a pool of at most ${most} in front (transaction mode wants DISABLE_SERVER_SIDE_CURSORS: True), or take ${size}.`;
}
