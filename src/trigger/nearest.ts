import type { EpochMs, Millis } from "../model/time.ts";
import type { Rule } from "../model/trigger.ts";
import type { RuleState } from "./state.ts";

/** A signal on its way to being sustained at Act. */
export interface Progress {
  readonly signal: string;
  /** How long it had been breached, capped at what is needed. */
  readonly heldMs: Millis;
}

/** The closest the rule came to Act in one stretch of breaches that did not get there. */
export interface NearMiss {
  readonly at: EpochMs;
  /** 0 to 1: the mean progress of the `atLeast` signals that were furthest on. */
  readonly score: number;
  readonly signals: readonly Progress[];
}

export interface NearMissCollector {
  see(at: EpochMs, state: RuleState): void;
  /** The nearest first. */
  finish(): readonly NearMiss[];
}

/** Keeps the peak of every stretch in which something was breached at Act without the rule firing. */
export function createNearMisses(rule: Rule, limit = 5): NearMissCollector {
  const peaks: NearMiss[] = [];
  let peak: NearMiss | null = null;
  const closeStretch = () => {
    if (peak !== null && peak.score < 1) peaks.push(peak);
    peak = null;
  };
  return {
    see(at, state) {
      if (state.signals.every(({ act }) => act === null)) return closeStretch();
      const signals = furthest(rule, state);
      const total = signals.reduce((sum, { heldMs }) => sum + heldMs, 0);
      const score = total / (rule.trigger.sustainedMs * rule.trigger.atLeast);
      if (peak === null || score > peak.score) peak = { at, score, signals };
    },
    finish() {
      closeStretch();
      return peaks.sort((a, b) => b.score - a.score || a.at - b.at).slice(0, limit);
    },
  };
}

function furthest(rule: Rule, state: RuleState): readonly Progress[] {
  const { sustainedMs, atLeast } = rule.trigger;
  return rule.signals
    .flatMap((signal, index): readonly Progress[] => {
      const run = state.signals[index]?.act ?? null;
      if (run === null) return [];
      return [{ signal: signal.id, heldMs: Math.min(run.last - run.since, sustainedMs) }];
    })
    .sort((a, b) => b.heldMs - a.heldMs)
    .slice(0, atLeast);
}
