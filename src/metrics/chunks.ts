import type { Grid } from "../model/time.ts";
import { instantAt } from "../model/time.ts";

/**
 * Prometheus refuses more than 11,000 steps per series, so 11,001 points would still pass;
 * one less keeps servers content that count points.
 */
const POINTS_PER_REQUEST = 11_000;

/** The grid in order, cut into grids a server accepts; every instant is in exactly one. */
export function chunks(grid: Grid, limit = POINTS_PER_REQUEST): readonly Grid[] {
  const parts: Grid[] = [];
  for (let start = 0; start < grid.count; start += limit) {
    parts.push({ from: instantAt(grid, start), step: grid.step, count: Math.min(limit, grid.count - start) });
  }
  return parts;
}
