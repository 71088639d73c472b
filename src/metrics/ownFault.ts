import { type ErrorCode, OutgrowError } from "../model/error.ts";

/** The failure is this one expression's own and costs only it; any other would befall every expression. */
export function isOwnFault(error: unknown): error is OutgrowError {
  return error instanceof OutgrowError && OWN_FAULTS.has(error.code);
}

const OWN_FAULTS: ReadonlySet<ErrorCode> = new Set<ErrorCode>(["bad-query", "timeout", "too-large"]);
