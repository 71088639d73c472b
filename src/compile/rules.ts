import { formatDuration, formatValue } from "../model/format.ts";
import type { Instrument, SignalRule } from "../model/signal.ts";
import { DAY, type EpochMs, MINUTE, type Millis, SECOND } from "../model/time.ts";
import { hoursExpression } from "./hours.ts";
import type { CompileInput } from "./input.ts";
import { levelExpression } from "./level.ts";
import { ableMatcher, CLUSTER_LABEL, clusterMatcher, LEVEL, OPEN, STATE, STATE_NUMBERS } from "./names.ts";

/** A rule as Prometheus 2.42 reads it; later fields are left out on purpose. */
export interface PrometheusRule {
  readonly record?: string;
  readonly alert?: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** One recording per signal that can be read. */
export function levelRules({ instruments, clusterName }: CompileInput): readonly PrometheusRule[] {
  return instruments.map((instrument) => ({
    record: LEVEL,
    expr: levelExpression(instrument),
    labels: { [CLUSTER_LABEL]: clusterName, signal: instrument.signal.id },
  }));
}

export function hoursRule({ rule, clusterName, now }: CompileInput): PrometheusRule {
  const { expr } = hoursExpression(rule.trigger.hours, now);
  return { record: OPEN, expr, labels: { [CLUSTER_LABEL]: clusterName } };
}

/** `for` is tracked per signal and level, so that one rule does for all. */
export function sustainedRule(input: CompileInput): PrometheusRule {
  const cluster = clusterMatcher(input.clusterName);
  return sustainedAlert(input, `${LEVEL}{${cluster}}`, `${OPEN}{${cluster}}`, {});
}

/** The same without relying on what other rules have recorded: one rule per signal. */
export function sustainedRulesAlone(input: CompileInput): readonly PrometheusRule[] {
  const { expr } = hoursExpression(input.rule.trigger.hours, input.now);
  return input.instruments.map((instrument) =>
    sustainedAlert(input, `(${levelExpression(instrument)})`, `(${expr})`, {
      [CLUSTER_LABEL]: input.clusterName,
      signal: instrument.signal.id,
    }),
  );
}

function sustainedAlert(
  { rule }: CompileInput,
  level: string,
  open: string,
  labels: Readonly<Record<string, string>>,
): PrometheusRule {
  const at = (comparison: string, name: string) =>
    `label_replace(${level} ${comparison}, "level", "${name}", "", "")`;
  return {
    alert: "OutgrowSignalSustained",
    expr: `(${at(">= 1", "watch")} or ${at("== 2", "act")}) and on () (${open} == 1)`,
    for: duration(rule.trigger.sustainedMs),
    labels: { ...labels, severity: "none" },
    annotations: {
      summary:
        "{{ $labels.signal }} of {{ $labels.outgrow_cluster }} has been above {{ $labels.level }} long enough to count",
    },
  };
}

/** The engine's decision as a number. Act first, then blind: the order of `decide`. */
export function stateRule(input: CompileInput): PrometheusRule {
  const { rule, clusterName } = input;
  const { atLeast } = rule.trigger;
  const cluster = clusterMatcher(clusterName);
  const firing = (level: string) =>
    `ALERTS{alertname="OutgrowSignalSustained",alertstate="firing",${cluster}${level}}`;
  const branches = [
    [STATE_NUMBERS.act, `count(count by (signal) (${firing(',level="act"')})) >= ${atLeast}`],
    [STATE_NUMBERS.blind, `(count(${LEVEL}{${cluster}${ableMatcher(rule)}}) or vector(0)) < ${atLeast}`],
    [STATE_NUMBERS.watch, `count(${firing("")}) > 0`],
  ] as const;
  const expr = branches.map(([state, condition]) => `(0 * (${condition}) + ${state})`).join(" or ");
  return { record: STATE, expr: `${expr} or vector(0)`, labels: { [CLUSTER_LABEL]: clusterName } };
}

const BLIND_FOR: Millis = 15 * MINUTE;
const WARN_BEFORE: Millis = 60 * DAY;

export function decisionAlerts(input: CompileInput): readonly PrometheusRule[] {
  const { rule, clusterName, instruments, now } = input;
  const { atLeast, sustainedMs } = rule.trigger;
  const labels = { [CLUSTER_LABEL]: clusterName };
  const state = (number: number) => `${STATE}{${clusterMatcher(clusterName)}} == ${number}`;
  const { until } = hoursExpression(rule.trigger.hours, now);
  return [
    {
      alert: "OutgrowAct",
      expr: state(STATE_NUMBERS.act),
      labels: { ...labels, severity: "warning" },
      annotations: {
        summary: `${clusterName} has outgrown its host: ${atLeast} or more signals above Act for ${formatDuration(sustainedMs)} in usage hours`,
        description: `Run: outgrow check. Act is reached above ${actThresholds(instruments)}.`,
      },
    },
    {
      alert: "OutgrowWatch",
      expr: state(STATE_NUMBERS.watch),
      labels: { ...labels, severity: "info" },
      annotations: {
        summary: `${clusterName}: a signal has been above Watch for ${formatDuration(sustainedMs)} in usage hours`,
      },
    },
    {
      alert: "OutgrowBlind",
      expr: state(STATE_NUMBERS.blind),
      for: duration(BLIND_FOR),
      labels: { ...labels, severity: "warning" },
      annotations: {
        summary: `${clusterName}: too few signals have data for Act (${atLeast} needed), so this rule cannot warn anybody`,
      },
    },
    ...(until === null ? [] : [tableEnds(clusterName, until)]),
  ];
}

function tableEnds(clusterName: string, until: EpochMs): PrometheusRule {
  const day = new Date(until).toISOString().slice(0, 10);
  return {
    alert: "OutgrowHoursTableEnds",
    expr: `vector(time()) > ${Math.floor((until - WARN_BEFORE) / SECOND)}`,
    labels: { [CLUSTER_LABEL]: clusterName, severity: "info" },
    annotations: {
      summary: `The usage hours of ${clusterName} are known until ${day} only: run outgrow export prometheus again`,
    },
  };
}

function actThresholds(instruments: readonly Instrument[]): string {
  return instruments.flatMap(({ signal }) => (signal.act === null ? [] : [actThreshold(signal)])).join(", ");
}

function actThreshold(signal: SignalRule): string {
  const value = formatValue(signal.unit, signal.act ?? 0);
  return `${signal.id} ${value}${signal.kind === "event" ? ` in ${formatDuration(signal.windowMs)}` : ""}`;
}

/** Prometheus writes durations without fractions. */
export function duration(ms: Millis): string {
  return ms % MINUTE === 0 ? `${ms / MINUTE}m` : `${ms / SECOND}s`;
}
