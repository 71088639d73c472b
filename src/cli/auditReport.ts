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

/** What matters, for those who read no further. */
export function verdictText({ findings, facts }: AuditReport): string {
  if (isNothingSeen(facts)) return "Nothing was seen, so nothing can be said: no object, no host, no file.";
  if (findings.length === 0) return "Nothing stands in the way of a second host.";
  const count = (severity: Severity) => findings.filter((finding) => finding.severity === severity).length;
  const blocking = count("blocks");
  const head =
    blocking === 0
      ? "Nothing blocks a second host."
      : `A second host would not work yet: ${blocking === 1 ? "1 thing blocks" : `${blocking} things block`} it.`;
  const rest = [counted(count("warns"), "warning"), counted(count("informs"), "remark")].filter(
    (text) => text !== "",
  );
  return rest.length === 0 ? head : `${head} ${rest.join(", ")}.`;
}

export function isNothingSeen({ cluster, hosts, repository, cloud }: Facts): boolean {
  const objects = [...(cluster?.objects ?? []), ...(repository?.objects ?? [])];
  const files = repository?.files ?? [];
  return objects.length + files.length + Object.keys(hosts).length === 0 && cloud === null;
}

/** Nothing is not counted. */
function counted(count: number, noun: string): string {
  return count === 0 ? "" : `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function titleOf(id: string): string {
  return CHECKS.find((check) => check.id === id)?.title ?? id;
}
