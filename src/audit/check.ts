import type { Place } from "../model/error.ts";
import type { Severity } from "../model/finding.ts";
import type { AuditContext } from "./context.ts";

/** One thing the audit looks for: one file in `checks/<area>/<name>.ts`, one page of docs. */
export interface AuditCheck {
  /** `area/name` as in the file's path. */
  readonly id: string;
  readonly severity: Severity;
  /** The heading of its page: "A volume is bound to one host". */
  readonly title: string;
  /** What bites, when, and how it shows: two to five sentences for the page. */
  readonly reason: string;
  /** Where that is known from. */
  readonly sources: readonly string[];
  readonly find: (context: AuditContext) => readonly Hit[];
}

/** What a check saw; the rest of the finding comes from the check. */
export interface Hit {
  readonly subject: string;
  readonly evidence: string;
  readonly fix: string;
  /** Where one hit is milder or worse than the check in general. */
  readonly severity?: Severity;
  readonly at?: Place;
}
