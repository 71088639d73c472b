import { CHECKS } from "../audit/checks.ts";
import type { Facts } from "../model/facts.ts";
import type { Finding, Severity } from "../model/finding.ts";

/** What an audit has to say: the findings, worst first, and what they were found in. */
export interface AuditReport {
  /** `null`: no configuration names it. */
  readonly clusterName: string | null;
  readonly timeZone: string;
  readonly facts: Facts;
  readonly findings: readonly Finding[];
}

export const SEVERITIES: readonly Severity[] = ["blocks", "warns", "informs"];

/** The findings of one check, under its title. */
export interface Group {
  readonly id: string;
  readonly title: string;
  readonly docs: string;
  readonly findings: readonly Finding[];
}

/** Those of one severity, a group per check, in the order they came. */
export function groupsOf({ findings }: AuditReport, severity: Severity): readonly Group[] {
  const ofSeverity = findings.filter((finding) => finding.severity === severity);
  return [...Map.groupBy(ofSeverity, ({ id }) => id)].map(([id, group]) => ({
    id,
    title: titleOf(id),
    docs: group[0]?.docs ?? "",
    findings: group,
  }));
}

/** `4 block, 9 warn, 5 inform`; what there is none of is not said. */
export function countText({ findings }: AuditReport): string {
  const counts = SEVERITIES.map((severity) => {
    const count = findings.filter((finding) => finding.severity === severity).length;
    const verb = severity.slice(0, -1);
    return count === 0 ? "" : `${count} ${count === 1 ? severity : verb}`;
  });
  return counts.filter((count) => count !== "").join(", ");
}

/** One sentence for those who read no further. */
export function verdictText(report: AuditReport): string {
  const blocking = report.findings.filter(({ severity }) => severity === "blocks").length;
  if (blocking > 0) return `A second host would not work yet: ${countText(report)}.`;
  if (report.findings.length === 0) return "Nothing stands in the way of a second host.";
  return `Nothing blocks a second host: ${countText(report)}.`;
}

function titleOf(id: string): string {
  return CHECKS.find((check) => check.id === id)?.title ?? id;
}
