import type { CompileInput } from "./input.ts";
import {
  decisionAlerts,
  duration,
  hoursRule,
  levelRules,
  type PrometheusRule,
  stateRule,
  sustainedRule,
  sustainedRulesAlone,
} from "./rules.ts";

export interface RuleGroup {
  readonly name: string;
  readonly interval: string;
  readonly rules: readonly PrometheusRule[];
}

/** Mimir's and Grafana Cloud's default. https://grafana.com/docs/mimir/latest/references/configuration-parameters/ */
const MOST_RULES = 20;

/**
 * One group where it fits, because the rules of one group run in order at one instant and see
 * each other's results. vmalert's do not, so there what has to be exact stands on its own.
 */
export function ruleGroups(input: CompileInput): readonly RuleGroup[] {
  const levels = levelRules(input);
  const rest = [hoursRule(input), sustainedRule(input), stateRule(input), ...decisionAlerts(input)];
  if (input.dialect === "vmalert") {
    const recorded = [...levels, hoursRule(input)];
    return named(input, [recorded, sustainedRulesAlone(input), [stateRule(input)], decisionAlerts(input)]);
  }
  const room = MOST_RULES - rest.length;
  return named(input, [...split(levels.slice(room)), [...levels.slice(0, room), ...rest]]);
}

function split(rules: readonly PrometheusRule[]): readonly (readonly PrometheusRule[])[] {
  const groups = Math.ceil(rules.length / MOST_RULES);
  return Array.from({ length: groups }, (_, index) =>
    rules.slice(index * MOST_RULES, (index + 1) * MOST_RULES),
  );
}

function named(
  { clusterName, rule }: CompileInput,
  groups: readonly (readonly PrometheusRule[])[],
): readonly RuleGroup[] {
  return groups.map((rules, index) => ({
    name: groups.length === 1 ? `outgrow ${clusterName}` : `outgrow ${clusterName} ${index + 1}`,
    interval: duration(rule.trigger.intervalMs),
    rules,
  }));
}
