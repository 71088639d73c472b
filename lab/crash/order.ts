import type { Outcome } from "../../src/apply/result.ts";

/** What the child is to do; plain JSON. */
export interface CrashOrder {
  readonly verb: "apply" | "undo";
  readonly kubeconfig: string;
  /** For `ssh -F`; `null`: no host is asked. */
  readonly sshConfigFile: string | null;
  /** A file with what each `{ env }` and `{ file }` stands for; `null`: nobody has a secret. */
  readonly secretsFile: string | null;
  /** Where the provider's API is; absent: nobody has an online migration. */
  readonly cloudOrigin?: string;
  /** Holds the plan (`plan.json`), the journal, and what is kept off the hosts. */
  readonly folder: string;
  /** Counts from 1; 0: it lives. */
  readonly killAt: number;
  /** Where it stands still, once, as `SIGSTOP` has it: a pattern of the boundary's name. */
  readonly stopAt?: string;
  /** Its commands are carried out so that they can be counted, and stopped, from within. */
  readonly trace?: { readonly standAt: Standstill | null };
  /** How many times as fast as ours its clock runs. */
  readonly speed: number;
  /** How long its lock outlives it, by that clock. */
  readonly lockMs: number;
}

/** Where within which command a host stands still; both count from 1. */
export interface Standstill {
  readonly command: number;
  readonly point: number;
}

/** A command that changes a host, and how many of its own commands it came to. */
export interface TracedCommand {
  readonly name: string;
  readonly points: number;
}

/** What it says at its end, if it comes to it. */
export interface CrashReport {
  readonly outcome: Outcome;
  readonly boundaries: readonly string[];
  /** In their order; empty unless they were traced. */
  readonly commands: readonly TracedCommand[];
}

export const JOURNAL_FILE = "outgrow-lab.journal";
export const PLAN_FILE = "plan.json";
