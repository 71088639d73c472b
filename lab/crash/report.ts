import assert from "node:assert/strict";
import type { Outcome } from "../../src/apply/result.ts";
import type { Ended } from "./matrix.ts";
import type { CrashReport } from "./order.ts";

/** How a run ends that got where it was to go. */
export const WELL: readonly Outcome["kind"][] = ["done", "nothing-to-do"];

/** What a run says that was not to die; throws when it died, or came to another end than one of those. */
export function reportOf(
  said: string,
  { signal, stdout, stderr }: Ended,
  ends: readonly Outcome["kind"][] = WELL,
): CrashReport {
  assert.equal(signal, null, `${said} did not come to its end: ${stderr.slice(-2_000)}`);
  const report = JSON.parse(stdout || "{}") as CrashReport;
  const isWell = ends.includes(report.outcome?.kind);
  assert.ok(isWell, `${said}: ${JSON.stringify(report.outcome)} ${stderr.slice(-2_000)}`);
  return report;
}
