import type { Grid } from "./time.ts";

/**
 * What the metrics store answered, one column per `Column` of every instrument, in
 * that order; `NaN` where there is no sample. Columns have `grid.count` values.
 */
export interface History {
  readonly grid: Grid;
  readonly columns: readonly Float64Array[];
}
