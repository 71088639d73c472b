import type { EpochMs, Grid, Span } from "../model/time.ts";

export interface InstantSample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** One series on a grid; `NaN` where it has no sample. */
export interface RangeSeries {
  readonly labels: Readonly<Record<string, string>>;
  readonly values: Float64Array;
}

/**
 * The few questions outgrow asks of a Prometheus-compatible API; the real one is
 * `client.ts`. Every failure is an `OutgrowError` whose message can be shown as it is.
 */
export interface PrometheusApi {
  /** Instant vectors only; a scalar answers as one sample without labels. */
  query(expr: string, at: EpochMs): Promise<readonly InstantSample[]>;
  /** Any length: split into aligned requests below the server's point limit, and joined again. */
  queryRange(expr: string, grid: Grid): Promise<readonly RangeSeries[]>;
  /** The values of `label` over all series matching `selector` in `span`. */
  labelValues(label: string, selector: string, span: Span): Promise<readonly string[]>;
}
