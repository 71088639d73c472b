import type { EpochMs } from "../model/time.ts";

/** A stretch of evaluations at which something held; `to` is the first at which it no longer did. */
export interface Held {
  readonly from: EpochMs;
  /** `null`: it still held at the last evaluation. */
  readonly to: EpochMs | null;
}

/** Collects the stretches at which a condition holds from a row of yes and no. */
export interface Holder {
  readonly held: Held[];
  mark(at: EpochMs, holds: boolean): void;
  /** Whether it held at the last mark. */
  isOpen(): boolean;
}

export function createHolder(): Holder {
  const held: Held[] = [];
  let from: EpochMs | null = null;
  return {
    held,
    isOpen: () => from !== null,
    mark(at, holds) {
      if (holds && from === null) held.push({ from: at, to: null });
      if (!holds && from !== null) held[held.length - 1] = { from, to: at };
      if (holds !== (from !== null)) from = holds ? at : null;
    },
  };
}
