import type { MoveDriver } from "../../model/steps/postgres-move.ts";
import { copyChecks } from "./copyChecks.ts";
import type { PreflightContext, PreflightFinding } from "./finding.ts";
import { localeChecks } from "./localeChecks.ts";
import { replicationChecks } from "./replicationChecks.ts";
import { rightsChecks } from "./rightsChecks.ts";
import { roleChecks } from "./roleChecks.ts";
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
    findings: [
      ...serverChecks,
      ...roleChecks,
      ...rightsChecks,
      ...localeChecks,
      ...copyChecks,
      ...replicationChecks,
    ].flatMap((check) => check(context)),
    stream: streamChecks.flatMap((check) => check(context)),
  };
}

/** What of the streaming forbids one driver. The provider's server needs no right of ours to subscribe. */
export function obstacles(driver: MoveDriver, { stream }: Preflight): readonly PreflightFinding[] {
  if (driver === "offline") return [];
  return blockers(driver === "provider" ? stream.filter(({ id }) => id !== "postgres/subscribe") : stream);
}

export function blockers(findings: readonly PreflightFinding[]): readonly PreflightFinding[] {
  return findings.filter(({ severity }) => severity === "blocks");
}
