import type { ErrorCode } from "./error.ts";
import type { Plan } from "./plan.ts";

/**
 * What happened to one cluster, in the order it happened: the plans that were begun, and each
 * step of theirs. Nothing in it is ever changed or taken out. It knows no secret.
 */
export interface Journal {
  readonly version: typeof JOURNAL_VERSION;
  readonly cluster: ClusterIdentity;
  readonly plans: readonly Plan[];
  readonly entries: readonly JournalEntry[];
}

export const JOURNAL_VERSION = 1;

/** A cluster by name and by what no other cluster shares: the uid of its namespace `kube-system`. */
export interface ClusterIdentity {
  readonly name: string;
  readonly uid: string;
}

/** One line of the journal. */
export interface JournalEntry {
  /** Counts from 1 without holes. */
  readonly number: number;
  /** A hash over this entry and the hash before it: two journals with one last hash tell one story. */
  readonly hash: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly run: RunIdentity;
  readonly planId: string;
  readonly stepId: string;
  readonly event: JournalEvent;
}

/** Who wrote it: one run of `apply` or `undo`, and the number of the lock it held. */
export interface RunIdentity {
  readonly id: string;
  readonly fence: number;
}

/**
 * `started` is written before the deed and holds what undo needs; `done` after the verify.
 * `found`: it was so already, nothing was done, and undo leaves it.
 */
export type JournalEvent =
  | { readonly kind: "started"; readonly before: unknown }
  | { readonly kind: "done"; readonly outputs: unknown }
  | { readonly kind: "found"; readonly outputs: unknown }
  | { readonly kind: "failed"; readonly failure: Failure }
  | { readonly kind: "undoing" }
  | { readonly kind: "undone" };

/** Why a step could not be done, for people; never with a secret in it. */
export interface Failure {
  readonly code: ErrorCode;
  readonly why: string;
  readonly fix: string | null;
}
