import { copyChecks } from "./copyChecks.ts";
import type { PreflightContext, PreflightFinding } from "./finding.ts";
import { serverChecks } from "./serverChecks.ts";
import { streamChecks } from "./streamChecks.ts";

export interface Preflight {
  /** Whatever the driver. */
  readonly findings: readonly PreflightFinding[];
  /** Only where rows are streamed: the offline driver may do without. */
  readonly stream: readonly PreflightFinding[];
}

/** Judges both servers; the same from a file as live. */
export function preflight(context: PreflightContext): Preflight {
  return {
    findings: [...serverChecks, ...copyChecks].flatMap((check) => check(context)),
    stream: streamChecks.flatMap((check) => check(context)),
  };
}

export function blockers(findings: readonly PreflightFinding[]): readonly PreflightFinding[] {
  return findings.filter(({ severity }) => severity === "blocks");
}
