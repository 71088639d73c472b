import { formatDuration, formatValue } from "../model/format.ts";
import { formatLocal } from "../model/localTime.ts";
import type { SignalRule } from "../model/signal.ts";
import { isoInstant } from "../model/time.ts";
import type { ExplainedSample, Explanation } from "../watch/explain.ts";
import { layOut } from "./columns.ts";
import type { Paint } from "./paint.ts";

/** `check --explain SIGNAL`: how the signal is read, what was read, and what the rule makes of it. */
export function explanationText(explanation: Explanation, paint: Paint): string {
  const { status, instrument } = explanation;
  const title = `${status.rule.id}: ${status.rule.title}`;
  return [
    paint("bold", title),
    "",
    ...layOut(summaryRows(explanation), ["left", "left"]),
    ...section("Asked of the metrics store", paint, instrument?.columns.map(({ expr }) => expr) ?? []),
    ...section("The newest evaluations", paint, sampleTable(explanation)),
    ...section("The buckets behind it", paint, bucketTable(explanation)),
    "",
  ].join("\n");
}

/** The same as data. */
export function explanationJson({ check, status, instrument, samples, shares }: Explanation): unknown {
  return {
    id: status.rule.id,
    at: isoInstant(check.decision.at),
    level: status.level,
    source: status.source,
    columns: instrument?.columns ?? [],
    samples: samples.map(({ at, values }) => ({ at: isoInstant(at), values })),
    shares,
    why: status.why,
    fix: status.fix,
    caveat: status.caveat,
  };
}

function summaryRows({ check, status }: Explanation): readonly (readonly string[])[] {
  const { rule, source, caveat, level, since, why, fix } = status;
  const held = since === null ? "" : ` for ${formatDuration(check.decision.at - since)}`;
  return [
    ["  rule", ruleText(rule, check.trigger.sustainedMs)],
    ["  now", `${level}${held}`],
    ["  read from", source ?? "nothing"],
    ...optionalRow("  take care", caveat),
    ...optionalRow("  why", why),
    ...optionalRow("  fix", fix),
    ["  second host", `${rule.relief.secondNode}; otherwise ${rule.relief.otherwise}`],
  ];
}

function ruleText(rule: SignalRule, sustainedMs: number): string {
  const thresholds = (["watch", "act"] as const).flatMap((level) => {
    const threshold = rule[level];
    if (threshold === null) return [];
    const name = level === "watch" ? "Watch" : "Act";
    return [`${name} ${comparison(rule, threshold)}`];
  });
  return `${thresholds.join(", ")}; counts after ${formatDuration(sustainedMs)} in usage hours`;
}

function comparison(rule: SignalRule, threshold: number): string {
  return rule.kind === "event"
    ? `at ${threshold} or more in ${formatDuration(rule.windowMs)}`
    : `above ${formatValue(rule.unit, threshold)}`;
}

function optionalRow(name: string, text: string | null): readonly (readonly string[])[] {
  if (text === null) return [];
  return text.split("\n").map((line, index) => [index === 0 ? name : "", line]);
}

function section(title: string, paint: Paint, lines: readonly string[]): readonly string[] {
  if (lines.length === 0) return [];
  return ["", paint("dim", `  ${title}`), ...lines.map((line) => `    ${line}`)];
}

function sampleTable({ check, status, instrument, samples }: Explanation): readonly string[] {
  const columns = instrument?.columns ?? [];
  if (samples.length === 0) return [];
  const header = [
    "",
    ...columns.map(({ bound }) =>
      bound === null ? "value" : `slower than ${formatValue("seconds", bound)}`,
    ),
  ];
  const rows = samples.map((sample) =>
    sampleRow(sample, check.trigger.hours.timeZone, (index) =>
      columns[index]?.bound === null ? status.rule.unit : "ratio",
    ),
  );
  return layOut([header, ...rows], ["left", ...columns.map(() => "right" as const)]);
}

function sampleRow(
  { at, values }: ExplainedSample,
  timeZone: string,
  unitOf: (index: number) => SignalRule["unit"],
): readonly string[] {
  return [
    formatLocal(at, timeZone),
    ...values.map((value, index) => (value === null ? "–" : formatValue(unitOf(index), value))),
  ];
}

function bucketTable({ shares }: Explanation): readonly string[] {
  if (shares.length === 0) return [];
  const rows = shares.map(({ boundSeconds, share }) => [
    formatValue("seconds", boundSeconds),
    Number.isNaN(share) ? "–" : formatValue("ratio", share),
  ]);
  return layOut([["bound", "slower"], ...rows], ["right", "right"]);
}
