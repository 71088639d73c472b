import type { Place } from "./error.ts";

/** `blocks`: the move would fail or lose something. `warns`: it would hurt. `informs`: good to know. */
export type Severity = "blocks" | "warns" | "informs";

/** One thing that stands in the way of a second node, with the evidence seen and the exact fix. */
export interface Finding {
  /** `area/name`, stable: `storage/local-volume`. */
  readonly id: string;
  readonly severity: Severity;
  /** What it is about, by the user's own name: `PersistentVolumeClaim default/data-glaze-postgres-0`. */
  readonly subject: string;
  /** What was seen, quoted. */
  readonly evidence: string;
  /** What to do: a manifest, a configuration line, a command; several lines are fine. */
  readonly fix: string;
  /** The page of this check. */
  readonly docs: string;
  /** File and line, where the finding is about a file. */
  readonly at?: Place;
}
