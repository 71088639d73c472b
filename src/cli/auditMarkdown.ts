import type { Finding, Severity } from "../model/finding.ts";
import { type AuditReport, groupsOf, SEVERITIES, verdictText } from "./auditReport.ts";

/** A comment for a pull request: the verdict, a table of what blocks and warns, the fixes folded away. */
export function auditMarkdown(report: AuditReport): string {
  const { gaps } = report.facts;
  return [
    `### outgrow audit${report.clusterName === null ? "" : `: ${report.clusterName}`}`,
    "",
    verdictText(report),
    ...SEVERITIES.flatMap((severity) => section(report, severity)),
    ...(gaps.length === 0 ? [] : ["", "<details><summary>Not seen</summary>", ""]),
    ...gaps.map(({ area, subject, message }) => `- ${escaped(`${area}, ${subject}: ${message}`)}`),
    ...(gaps.length === 0 ? [] : ["", "</details>"]),
    "",
  ].join("\n");
}

const HEADINGS: Readonly<Record<Severity, string>> = { blocks: "Blocks", warns: "Warns", informs: "Informs" };

function section(report: AuditReport, severity: Severity): readonly string[] {
  const groups = groupsOf(report, severity);
  if (groups.length === 0) return [];
  return [
    "",
    `#### ${HEADINGS[severity]}`,
    ...groups.flatMap(({ id, title, findings }) => [
      "",
      `**${escaped(title)}** \`${id}\``,
      "",
      ...findings.flatMap(item),
    ]),
  ];
}

function item({ subject, evidence, fix, at }: Finding): readonly string[] {
  const place = at === undefined ? "" : ` (\`${at.file}${at.line === undefined ? "" : `:${at.line}`}\`)`;
  return [
    `- **${escaped(subject)}**${place}: ${escaped(evidence)}`,
    "  <details><summary>Fix</summary>",
    "",
    ...fenced(fix).map((line) => `  ${line}`),
    "",
    "  </details>",
  ];
}

/** A fence longer than any in the text. */
function fenced(text: string): readonly string[] {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return [fence, ...text.split("\n"), fence];
}

/** What came from a cluster must not become markup. */
function escaped(text: string): string {
  return text.replaceAll(/[\\`*_{}[\]<>#|]/g, "\\$&").replaceAll("\n", " ");
}
