import { type ErrorCode, OutgrowError } from "../model/error.ts";
import type { ProgressNews } from "../model/progress.ts";
import { MINUTE, type Millis, SECOND } from "../model/time.ts";
import type { World } from "./world.ts";

/** Errors that pass by themselves: a k3s that restarts, a network that blinks. */
const PASSING: readonly ErrorCode[] = ["unreachable", "timeout", "unavailable", "rate-limited"];

/** A k3s server on a small host answers again within one or two. */
export const PATIENCE_MS: Millis = 5 * MINUTE;
const PAUSE_MS = SECOND;

export function isPassing(error: unknown): boolean {
  return error instanceof OutgrowError && PASSING.includes(error.code);
}

/** Tries until it works, as long as what fails may pass by itself; says what it waits for. */
export async function patiently<T>(
  world: Pick<World, "now" | "sleep">,
  what: string,
  report: (news: ProgressNews) => void,
  work: () => Promise<T>,
  patienceMs: Millis = PATIENCE_MS,
): Promise<T> {
  const until = world.now() + patienceMs;
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (error) {
      if (!isPassing(error) || world.now() >= until) throw error;
      if (tries === 1) report({ kind: "waiting", for: `${what}: ${(error as Error).message}` });
      await world.sleep(PAUSE_MS);
    }
  }
}
