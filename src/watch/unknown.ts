import type { OutgrowError } from "../model/error.ts";
import { formatValue } from "../model/format.ts";
import type { Instrument, SignalRule, Unmeasured } from "../model/signal.ts";

/** Why a signal cannot be judged, and what would change that. */
export interface Explanation {
  readonly why: string;
  readonly fix: string | null;
}

export interface Blindness {
  readonly rule: SignalRule;
  readonly instrument: Instrument | null;
  readonly unmeasured: Unmeasured | undefined;
  readonly failure: OutgrowError | undefined;
  /** At least one column had a value at the instant in question. */
  readonly hasData: boolean;
}

export function explainUnknown(blindness: Blindness): Explanation {
  const { rule, instrument, unmeasured, failure, hasData } = blindness;
  if (failure !== undefined) return { why: failure.message, fix: failure.hint ?? null };
  if (unmeasured !== undefined) return { why: unmeasured.why, fix: unmeasured.fix };
  if (!hasData) return { why: silence(rule), fix: null };
  const why = `cannot tell: no bucket bound at ${thresholdTexts(rule).join(" or ")}`;
  return { why, fix: instrument?.caveat ?? null };
}

function silence(rule: SignalRule): string {
  return rule.kind === "quantile" ? "too little traffic to say" : "no sample at this instant";
}

function thresholdTexts(rule: SignalRule): readonly string[] {
  return [rule.watch, rule.act].flatMap((threshold) =>
    threshold === null ? [] : [formatValue(rule.unit, threshold)],
  );
}
