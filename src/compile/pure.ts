import type { Instrument } from "../model/signal.ts";
import { SECOND } from "../model/time.ts";
import { hoursExpression } from "./hours.ts";
import type { CompileInput } from "./input.ts";
import { levelExpression } from "./level.ts";
import { STATE_NUMBERS } from "./names.ts";
import { duration } from "./rules.ts";

/**
 * The whole decision as one expression over the raw series, for a dashboard or a store
 * without recording rules: the number of the state. Dear, because it looks back from every
 * instant; exact at instants that are multiples of the interval.
 */
export function stateExpression({ rule, instruments, now }: CompileInput): string {
  const { atLeast, hours, sustainedMs, intervalMs } = rule.trigger;
  // The second more than `sustained` holds both its ends, whether the store's windows are closed or half-open.
  const stretch = `[${sustainedMs / SECOND + 1}s:${duration(intervalMs)}]`;
  const evaluations = sustainedMs / intervalMs + 1;
  const sustained = (comparison: string) =>
    instruments.map((instrument) => {
      const breached = `(${levelExpression(instrument)}) ${comparison}`;
      return tagged(instrument, `count_over_time((${breached})${stretch}) >= ${evaluations}`);
    });
  const wasOpen = `min_over_time((${hoursExpression(hours, now).expr})${stretch}) == 1`;
  const known = instruments
    .filter(({ signal }) => signal.act !== null)
    .map((instrument) => tagged(instrument, levelExpression(instrument)));
  const branches = [
    [STATE_NUMBERS.act, `(${count(sustained("== 2"))} >= ${atLeast}) and on () (${wasOpen})`],
    [STATE_NUMBERS.blind, `${count(known)} < ${atLeast}`],
    [STATE_NUMBERS.watch, `(${count(sustained(">= 1"))} > 0) and on () (${wasOpen})`],
  ] as const;
  const states = branches.map(([state, condition]) => `(0 * (${condition}) + ${state})`);
  return `${states.join(" or ")} or vector(0)`;
}

function count(series: readonly string[]): string {
  return series.length === 0 ? "vector(0)" : `(count(${series.join(" or ")}) or vector(0))`;
}

function tagged({ signal }: Instrument, expr: string): string {
  return `label_replace(${expr}, "signal", "${signal.id}", "", "")`;
}
