import { DAY, MINUTE, type Millis, SECOND } from "../model/time.ts";
import { type UsageHours, WEEKDAYS, type Weekday } from "../model/usageHours.ts";
import { hoursExpression } from "./hours.ts";
import type { CompileInput } from "./input.ts";
import { CLUSTER_LABEL, LEVEL, STATE, STATE_NUMBERS } from "./names.ts";
import { duration } from "./rules.ts";

/** Tests for `promtool test rules`: what the levels make of the state, evaluation by evaluation. */
export function unitTests(input: CompileInput, ruleFile: string): object | null {
  const start = firstOpening(input);
  const able = input.instruments.filter(({ signal }) => signal.act !== null).map(({ signal }) => signal.id);
  const { atLeast, intervalMs } = input.rule.trigger;
  if (start === null || able.length < atLeast) return null;
  const scene = sceneOf(input, able, start);
  return {
    rule_files: [ruleFile],
    evaluation_interval: duration(intervalMs),
    tests: [
      scene("act is reached at the very evaluation at which enough signals have been above Act long enough", {
        breached: atLeast,
        expect: (sustained) => [
          [sustained - 1, STATE_NUMBERS.ok],
          [sustained, STATE_NUMBERS.act],
        ],
      }),
      ...(atLeast > 1
        ? [
            scene("one signal less is only watched", {
              breached: atLeast - 1,
              expect: (sustained) => [
                [sustained - 1, STATE_NUMBERS.ok],
                [sustained, STATE_NUMBERS.watch],
              ],
            }),
          ]
        : []),
      scene("one evaluation without data begins the count anew", {
        breached: atLeast,
        gapAt: 1,
        expect: (sustained) => [
          [sustained, STATE_NUMBERS.ok],
          [sustained + 1, STATE_NUMBERS.ok],
          [sustained + 2, STATE_NUMBERS.act],
        ],
      }),
      scene("without data the rule is blind", {
        breached: 0,
        known: 0,
        expect: () => [[0, STATE_NUMBERS.blind]],
      }),
    ],
  };
}

interface Scene {
  /** So many signals stand at Act from the opening on; the others are calm. */
  readonly breached: number;
  readonly known?: number;
  /** The evaluation after the opening that has no data. */
  readonly gapAt?: number;
  /** Evaluations after the opening, and the state then. */
  readonly expect: (sustained: number) => readonly (readonly [evaluation: number, state: number])[];
}

/** promtool's clock begins in 1970, so each scene waits for the first opening of the usage hours. */
function sceneOf({ rule, clusterName }: CompileInput, able: readonly string[], startMs: Millis) {
  const { intervalMs, sustainedMs } = rule.trigger;
  const lead = Math.ceil(startMs / intervalMs);
  const sustained = sustainedMs / intervalMs;
  return (name: string, { breached, known = able.length, gapAt, expect }: Scene): object => ({
    name,
    interval: duration(intervalMs),
    input_series: able.slice(0, known).map((signal, index) => ({
      series: `${LEVEL}{${CLUSTER_LABEL}=${JSON.stringify(clusterName)},signal="${signal}"}`,
      values: index < breached ? rising(lead, sustained, gapAt) : `0x${lead + sustained + 5}`,
    })),
    promql_expr_test: expect(sustained).map(([evaluation, state]) => ({
      expr: `${STATE}{${CLUSTER_LABEL}=${JSON.stringify(clusterName)}}`,
      eval_time: `${((lead + evaluation) * intervalMs) / SECOND}s`,
      exp_samples: [{ labels: `${STATE}{${CLUSTER_LABEL}=${JSON.stringify(clusterName)}}`, value: state }],
    })),
  });
}

/** Calm before the opening, at Act from then on; `axn` is a value and n repetitions of it. */
function rising(lead: number, sustained: number, gapAt: number | undefined): string {
  const calm = lead === 0 ? "" : `0x${lead - 1} `;
  if (gapAt === undefined) return `${calm}2x${sustained + 5}`;
  return `${calm}2x${gapAt - 1} stale 2x${sustained + 5}`;
}

/** The first opening of the usage hours that is long enough, on a clock that never changes; `null`: there is none. */
function firstOpening({ rule, now }: CompileInput): Millis | null {
  const { hours, sustainedMs, intervalMs } = rule.trigger;
  const { firstOffsetMs } = hoursExpression(hours, now);
  const length = openMinutes(hours) * MINUTE;
  if (length < sustainedMs + 4 * intervalMs) return null;
  const openings = Array.from({ length: 9 }, (_, day) => day)
    .filter((day) => hours.days.includes(WEEKDAYS[(day + 3) % 7] as Weekday))
    .map((day) => day * DAY + hours.from * MINUTE - firstOffsetMs);
  return openings.find((opening) => opening >= 0) ?? null;
}

function openMinutes({ from, to }: UsageHours): number {
  return to > from ? to - from : to + 24 * 60 - from;
}
