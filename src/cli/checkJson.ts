import { isoInstant } from "../model/time.ts";
import type { Check, SignalStatus } from "../watch/check.ts";

/** The document of `check --json` (DESIGN section 4). Absent facts are left out, unknown values are `null`. */
export function checkJson({ decision, signals }: Check): unknown {
  return {
    state: decision.state,
    at: isoInstant(decision.at),
    inHours: decision.inHours,
    atLeast: decision.atLeast,
    sustained: decision.sustained.map(({ signal, level, since }) => ({
      signal,
      level,
      since: isoInstant(since),
    })),
    signals: signals.map(signalJson),
  };
}

function signalJson(status: SignalStatus): unknown {
  const { rule, value, interval, level, since, why, fix, source, caveat } = status;
  return {
    id: rule.id,
    value,
    ...(interval === null ? {} : { interval: [interval.above, finiteOrNull(interval.atMost)] }),
    unit: rule.unit,
    level,
    watch: rule.watch,
    act: rule.act,
    ...(since === null ? {} : { since: isoInstant(since) }),
    ...(why === null ? {} : { why }),
    ...(fix === null ? {} : { fix }),
    relieves: rule.relief.secondNode,
    ...(source === null ? {} : { source }),
    ...(caveat === null ? {} : { caveat }),
  };
}

function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
