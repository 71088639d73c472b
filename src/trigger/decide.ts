import type { Decision, State, Sustained } from "../model/decision.ts";
import type { Rule } from "../model/trigger.ts";
import { isSustained, type RuleState } from "./state.ts";

/** What the rule says of a state. `state.at` must not be null: something was evaluated. */
export function decide(rule: Rule, state: RuleState): Decision {
  const { atLeast } = rule.trigger;
  const sustained = sustainedSignals(rule, state);
  const atAct = sustained.filter(({ level }) => level === "act").length;
  // What cannot reach Act cannot help to reach `atLeast`, however well it is seen.
  const known = rule.signals.filter(({ act }, index) => act !== null && state.signals[index]?.known).length;
  return {
    state: stateOf(atAct, sustained.length, known, atLeast),
    at: state.at ?? Number.NaN,
    inHours: state.inHours,
    atLeast,
    sustained,
  };
}

/**
 * Act first: it rests on evidence. Then blind, which says that Act could not have been
 * seen, and must not hide behind a single signal at Watch.
 */
function stateOf(atAct: number, atWatch: number, known: number, atLeast: number): State {
  if (atAct >= atLeast) return "act";
  if (known < atLeast) return "blind";
  return atWatch > 0 ? "watch" : "ok";
}

/** Each signal once, at its highest sustained level. */
function sustainedSignals({ signals, trigger }: Rule, state: RuleState): readonly Sustained[] {
  const sustained: Sustained[] = [];
  signals.forEach(({ id }, index) => {
    const { watch = null, act = null } = state.signals[index] ?? {};
    if (isSustained(act, trigger.sustainedMs)) {
      sustained.push({ signal: id, level: "act", since: act.since });
    } else if (isSustained(watch, trigger.sustainedMs)) {
      sustained.push({ signal: id, level: "watch", since: watch.since });
    }
  });
  return sustained;
}
