import type { ConnectionDemand } from "../../model/connectionDemand.ts";
import type { Severity } from "../../model/finding.ts";
import type { PostgresSourceFacts, PostgresTargetFacts } from "../../model/postgresFacts.ts";

/** One thing that stands in the way of moving the database, or is good to know before. */
export interface PreflightFinding {
  /** `postgres/wal-level` */
  readonly id: string;
  readonly severity: Severity;
  readonly subject: string;
  readonly evidence: string;
  readonly fix: string;
}

/** What a check is given. */
export interface PreflightContext {
  readonly source: PostgresSourceFacts;
  readonly target: PostgresTargetFacts;
  readonly demand: ConnectionDemand;
}

export type PreflightCheck = (context: PreflightContext) => readonly PreflightFinding[];

export function blocks(name: string, subject: string, evidence: string, fix: string): PreflightFinding {
  return { id: `postgres/${name}`, severity: "blocks", subject, evidence, fix };
}

export function warns(name: string, subject: string, evidence: string, fix: string): PreflightFinding {
  return { ...blocks(name, subject, evidence, fix), severity: "warns" };
}
