import type { Failure } from "./journal.ts";

/** What a run tells while it goes; what is shown of it is the talker's affair. */
export type ProgressEvent = { readonly at: string; readonly runId: string } & ProgressNews;

export type ProgressNews =
  | { readonly kind: "waiting"; readonly for: string }
  | { readonly kind: "step-started"; readonly stepId: string }
  | StepNews
  | { readonly kind: "step-done"; readonly stepId: string; readonly tookMs: number }
  /** It was so already. */
  | { readonly kind: "step-found"; readonly stepId: string }
  | { readonly kind: "step-failed"; readonly stepId: string; readonly failure: Failure }
  | { readonly kind: "step-undoing"; readonly stepId: string }
  | { readonly kind: "step-undone"; readonly stepId: string; readonly tookMs: number }
  | { readonly kind: "note"; readonly text: string };

/** What a step says while it works: `41/41 tables copied`. */
export interface StepNews {
  readonly kind: "step-news";
  readonly stepId: string;
  readonly text: string;
  /** From 0 to 1, where it is known. */
  readonly share: number | null;
  /** While a database is copied: each of its tables. */
  readonly tables?: readonly TableCopy[];
}

/** `ofBytes`: on the source, without indexes; `bytes`: of its rows as text, so far. */
export interface TableCopy {
  /** `public.orders` */
  readonly table: string;
  readonly state: "waiting" | "copying" | "copied";
  readonly rows: number | null;
  readonly bytes: number | null;
  readonly ofBytes: number;
}
