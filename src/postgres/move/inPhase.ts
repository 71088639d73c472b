import type { Phase } from "./news.ts";
import type { MoveOrder } from "./order.ts";

/** Tells that a phase begins and how long it took. */
export async function inPhase<T>({ tell, now }: MoveOrder, phase: Phase, deed: () => Promise<T>): Promise<T> {
  const began = now();
  tell({ kind: "phase", phase });
  const result = await deed();
  tell({ kind: "phase-done", phase, tookMs: now() - began });
  return result;
}
