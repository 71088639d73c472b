import { stringify } from "yaml";
import { formatDuration } from "../model/format.ts";
import { type RuleGroup, ruleGroups } from "./groups.ts";
import { hoursExpression } from "./hours.ts";
import type { CompiledFile, CompileInput } from "./input.ts";
import { stateExpression } from "./pure.ts";
import { unitTests } from "./unitTests.ts";

const RULES = "outgrow.rules.yml";

/**
 * The rule as Prometheus rules that decide as the engine does, promtool's tests of them,
 * and the decision as one expression. The same input gives the same text.
 */
export function compilePrometheus(input: CompileInput): readonly CompiledFile[] {
  const tests = unitTests(input, RULES);
  return [
    { path: RULES, text: `${heading(input)}${yaml(document(input))}` },
    // Groups of vmalert see each other an interval later, which promtool does not act out.
    ...(tests === null || input.dialect === "vmalert"
      ? []
      : [
          {
            path: "outgrow.rules.test.yml",
            text: `# Run it with: promtool test rules outgrow.rules.test.yml\n${yaml(tests)}`,
          },
        ]),
    { path: "outgrow.state.promql", text: `${stateExpression(input)}\n` },
  ];
}

/** mimirtool wants to know the namespace; the others refuse to. */
function document(input: CompileInput): object {
  const groups: readonly RuleGroup[] = ruleGroups(input);
  return input.dialect === "mimir" ? { namespace: `outgrow-${input.clusterName}`, groups } : { groups };
}

function heading({ clusterName, rule, unmeasured, dialect, now }: CompileInput): string {
  const { atLeast, sustainedMs, hours } = rule.trigger;
  const { until } = hoursExpression(hours, now);
  const lines = [
    `When is one host no longer enough for ${clusterName}? Written by outgrow for ${dialect}; do not edit, export again.`,
    `Act: ${atLeast} or more signals above Act for ${formatDuration(sustainedMs)} in usage hours (${hours.timeZone}).`,
    ...(until === null
      ? []
      : [`The zone's clock changes are known until ${new Date(until).toISOString().slice(0, 10)}.`]),
    ...unmeasured.map(({ signal, why }) => `Left out: ${signal.id}, ${why}`),
  ];
  return lines.map((line) => `# ${line.replaceAll(/\s+/g, " ")}\n`).join("");
}

function yaml(value: object): string {
  return stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });
}
