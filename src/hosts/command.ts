import type { Secret } from "../model/secret.ts";
import type { Millis } from "../model/time.ts";

/**
 * A command for a host, as a value: what is shown to people is what runs. Words are quoted
 * where they are sent, never by the caller. A secret is no word: it goes in on stdin.
 */
export interface HostCommand {
  /** The program and its arguments, one word each, unquoted. */
  readonly words: readonly string[];
  /** Given on stdin; without it stdin is empty. */
  readonly input?: string | Secret;
  /** `changes`: the host may be another one afterwards. `reads` may be repeated at will. */
  readonly effect: "reads" | "changes";
  /** `login`: as whoever logs in, without `sudo`. Root when absent. */
  readonly as?: "root" | "login";
  /** The session's own limit when absent. */
  readonly timeoutMs?: Millis;
}

/** What a command left behind. A code other than 0 is an answer too: the caller judges it. */
export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}
