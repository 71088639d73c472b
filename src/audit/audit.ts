import type { Facts } from "../model/facts.ts";
import type { Finding, Severity } from "../model/finding.ts";
import type { AuditCheck, Hit } from "./check.ts";
import { auditContext } from "./context.ts";
import type { Intent } from "./intent.ts";

/** Runs the checks over the facts: what blocks first, then by id and subject. */
export function audit(checks: readonly AuditCheck[], facts: Facts, intent: Intent): readonly Finding[] {
  const context = auditContext(facts, intent);
  return checks.flatMap((check) => check.find(context).map((hit) => findingOf(check, hit))).sort(byWeight);
}

function findingOf(check: AuditCheck, hit: Hit): Finding {
  return { id: check.id, docs: docsOf(check.id), ...hit, severity: hit.severity ?? check.severity };
}

/** The page of a check, relative to the repository's root. */
export function docsOf(id: string): string {
  return `docs/checks/${id}.md`;
}

const WEIGHTS: Readonly<Record<Severity, number>> = { blocks: 0, warns: 1, informs: 2 };

function byWeight(a: Finding, b: Finding): number {
  return WEIGHTS[a.severity] - WEIGHTS[b.severity] || order(a.id, b.id) || order(a.subject, b.subject);
}

/** By code units: the same on every machine, and quick. */
function order(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
