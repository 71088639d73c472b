/** Milliseconds since the Unix epoch, UTC. */
export type EpochMs = number;

/** A duration in milliseconds. */
export type Millis = number;

export const SECOND: Millis = 1_000;
export const MINUTE: Millis = 60 * SECOND;
export const HOUR: Millis = 60 * MINUTE;
export const DAY: Millis = 24 * HOUR;

/** Half-open: `from` is inside, `to` is not. */
export interface Span {
  readonly from: EpochMs;
  readonly to: EpochMs;
}

/** Evaluation instants `from`, `from + step`, …; `from` is a multiple of `step`. */
export interface Grid {
  readonly from: EpochMs;
  readonly step: Millis;
  readonly count: number;
}

/** The instants of `[from, to]` that are multiples of `step`; both ends may be one. */
export function alignedGrid(from: EpochMs, to: EpochMs, step: Millis): Grid {
  const first = Math.ceil(from / step) * step;
  const last = Math.floor(to / step) * step;
  return { from: first, step, count: Math.max(0, (last - first) / step + 1) };
}

/** The instant at `index` of a grid. */
export function instantAt(grid: Grid, index: number): EpochMs {
  return grid.from + index * grid.step;
}

/** `2026-11-23T14:32:00Z`: seconds are enough, rules are evaluated once a minute or so. */
export function isoInstant(at: EpochMs): string {
  return new Date(at).toISOString().replace(/\.000Z$/, "Z");
}
