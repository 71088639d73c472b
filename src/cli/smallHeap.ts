import { setFlagsFromString } from "node:v8";

/**
 * A move of a large database makes much that is thrown away at once, and V8 takes ever more room for it before it sweeps, as
 * long as the machine has some. On a small host that room is the database's: here it sweeps sooner instead.
 */
export function keepHeapSmall(): void {
  setFlagsFromString("--semi-space-growth-factor=1");
}
