import type { TableCopy } from "../../model/progress.ts";
import type { Millis } from "../../model/time.ts";

/** The states of a move in the order they are passed; going home it passes the same from the fence on. The last one comes when the move is done. */
export const PHASES = [
  "preflight",
  "prepare",
  "copying",
  "following",
  "ready",
  "fence",
  "drain",
  "prove",
  "sequences",
  "verify",
  "arm-rollback",
  "switch",
  "open",
  "clean",
  "watch",
] as const;

export type Phase = (typeof PHASES)[number];

export type MoveNews =
  | { readonly kind: "phase"; readonly phase: Phase }
  | { readonly kind: "phase-done"; readonly phase: Phase; readonly tookMs: Millis }
  | {
      readonly kind: "progress";
      readonly text: string;
      readonly share: number | null;
      readonly tables?: readonly TableCopy[];
    };
