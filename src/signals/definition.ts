import type { Scope, SignalOptions } from "../model/settings.ts";
import type { Relief, Unit } from "../model/signal.ts";
import type { Millis } from "../model/time.ts";

/** What a signal is, before any configuration: one file of this folder each. */
export interface SignalDefinition {
  readonly id: string;
  /** As in a sentence: "CPU of the node". */
  readonly title: string;
  readonly unit: Unit;
  readonly nature:
    | { readonly kind: "level" }
    | { readonly kind: "event"; readonly windowMs: Millis }
    | { readonly kind: "quantile"; readonly quantile: number };
  readonly defaults: { readonly watch: number | null; readonly act: number | null };
  readonly relief: Relief;
  /** Best first. The first whose `needs` all have data is used. */
  readonly sources: (scope: Scope, options: SignalOptions, windowMs: Millis) => readonly Source[];
  /** Said when no source has data. */
  readonly unmeasured: { readonly why: string; readonly fix: string };
}

/** One exporter's or receiver's way of telling a signal. */
export interface Source {
  /** `node_exporter`, `otel-hostmetrics`, … */
  readonly id: string;
  /** PromQL selectors; each must match at least one series. */
  readonly needs: readonly string[];
  readonly reading: Reading;
  /** What to know before believing it, e.g. "a mean, not a p95". */
  readonly caveat?: string;
  /** How a histogram gets the bounds, in seconds, that it lacks; continues a sentence. */
  readonly boundsFix?: (missing: readonly number[]) => string;
}

export type Reading =
  /** One number in the signal's unit; for an event signal, the events in the window. */
  | { readonly kind: "value"; readonly expr: string }
  /**
   * A classic histogram. Which bounds exist is asked (`bucketSelector`), never assumed;
   * `share(bound)` is the share of observations slower than `bound` seconds.
   */
  | {
      readonly kind: "buckets";
      readonly bucketSelector: string;
      readonly share: (boundSeconds: number) => string;
      readonly rates: string;
    }
  /** A native histogram: the share above any bound can be asked. */
  | {
      readonly kind: "native";
      readonly share: (boundSeconds: number) => string;
      readonly quantile: string;
    };
