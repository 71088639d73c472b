import type { AuditReport } from "./auditReport.ts";

/** The document of `audit --format json` (DESIGN section 4); `gaps` says what could not be seen. */
export function auditJson({ findings, facts }: AuditReport): unknown {
  return { readAt: facts.readAt, findings, gaps: facts.gaps };
}
