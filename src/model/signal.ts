import type { Millis } from "./time.ts";

/** What a number counts. Ratios are 0 to 1, times are seconds, bytes never reach a threshold. */
export type Unit = "ratio" | "seconds" | "count";

/** The two thresholds: Watch says look, Act says move. */
export type Level = "watch" | "act";

/** Whether a second node makes the signal go away, and what does if it does not. */
export interface Relief {
  readonly secondNode: "yes" | "partly" | "no";
  /** The cheaper or only remedy, as an imperative: "raise the CPU limit of web". */
  readonly otherwise: string;
}

interface RuleBase {
  readonly id: string;
  readonly title: string;
  readonly unit: Unit;
  /** `null`: the signal never reaches this level. */
  readonly watch: number | null;
  readonly act: number | null;
  readonly relief: Relief;
}

/** Breached while the value is strictly above the threshold. */
export interface LevelRule extends RuleBase {
  readonly kind: "level";
}

/** Breached while at least `threshold` events lie in the trailing window. */
export interface EventRule extends RuleBase {
  readonly kind: "event";
  readonly windowMs: Millis;
}

/** Breached while the quantile lies strictly above the threshold. */
export interface QuantileRule extends RuleBase {
  readonly kind: "quantile";
  /** 0.95 for a p95. */
  readonly quantile: number;
}

/** One signal: what it means and when it is breached. How it is read is an `Instrument`. */
export type SignalRule = LevelRule | EventRule | QuantileRule;

/**
 * How one signal is read from one source. The engine, the backtest and the compiled
 * Prometheus rules all judge these very columns: one definition, many readers.
 */
export interface Instrument {
  readonly signal: SignalRule;
  /** Which exporter or receiver was found, e.g. `node_exporter`. */
  readonly source: string;
  readonly columns: readonly Column[];
  /** PromQL for people: the rates per bucket (`--explain`); absent where one value says all. */
  readonly detail?: string | undefined;
  /** What to know about this source, e.g. "a mean, not a p95". */
  readonly caveat?: string | undefined;
}

/** One PromQL expression that yields at most one series. */
export interface Column {
  readonly expr: string;
  /**
   * `null`: the value itself, in the signal's unit (for an event signal: events in the window).
   * A number: the share (0 to 1) of observations slower than this many seconds.
   */
  readonly bound: number | null;
}

/** A signal for which nothing that exists can be asked. It costs only itself. */
export interface Unmeasured {
  readonly signal: SignalRule;
  readonly why: string;
  readonly fix: string;
}
