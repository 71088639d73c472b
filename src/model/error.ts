/**
 * Every way outgrow can fail, with the exit code scripts see (DESIGN section 4).
 * A code is stable; the message is for people and may change.
 */
export const EXIT_CODES = {
  usage: 2,
  config: 2,
  file: 2,
  manifest: 2,
  unreachable: 1,
  tls: 1,
  unauthorized: 1,
  denied: 1,
  "host-key": 1,
  sudo: 1,
  command: 1,
  "not-found": 1,
  "bad-query": 1,
  "rate-limited": 1,
  unavailable: 1,
  timeout: 1,
  "bad-answer": 1,
  "too-large": 1,
  "no-data": 1,
  database: 1,
  blocked: 1,
  verify: 1,
  drift: 1,
  consent: 3,
  locked: 1,
  journal: 1,
  interrupted: 4,
  internal: 1,
} as const;

export type ErrorCode = keyof typeof EXIT_CODES;

/** Where in a file the trouble is; lines and columns count from 1. */
export interface Place {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
}

/** One thing wrong: what, where, and what to do about it. */
export interface Problem {
  readonly message: string;
  readonly hint?: string | undefined;
  readonly at?: Place | undefined;
}

export interface ErrorDetails {
  readonly hint?: string | undefined;
  readonly at?: Place | undefined;
  /** Every single problem, when one message covers several (a configuration file). */
  readonly problems?: readonly Problem[];
  readonly cause?: unknown;
}

/** The only error thrown on purpose. One `catch`, in `cli/main.ts`, turns it into text and an exit code. */
export class OutgrowError extends Error {
  override readonly name = "OutgrowError";
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly at: Place | undefined;
  readonly problems: readonly Problem[];

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.hint = details.hint;
    this.at = details.at;
    this.problems = details.problems ?? [];
  }

  get exitCode(): number {
    return EXIT_CODES[this.code];
  }
}
