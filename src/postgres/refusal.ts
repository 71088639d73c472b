import { type ErrorCode, OutgrowError } from "../model/error.ts";

interface Shape {
  readonly code: ErrorCode;
  readonly hint?: string;
}

/** SQLSTATEs and Node's own codes that mean something to a person; https://www.postgresql.org/docs/current/errcodes-appendix.html */
const KNOWN: Readonly<Record<string, Shape>> = {
  "28P01": { code: "unauthorized", hint: "Check the user and the password it was given." },
  "28000": { code: "unauthorized", hint: "Check the role's right to log in and the server's pg_hba.conf." },
  "42501": { code: "unauthorized" },
  "3D000": { code: "not-found", hint: "Check the database's name." },
  "53300": { code: "unavailable", hint: "All connections are taken; end some, or raise the limit." },
  "57P03": { code: "unavailable", hint: "The server is starting or stopping; try again in a moment." },
  "53100": {
    code: "database",
    hint: "The server's disk is full. Free some space there, or take a larger plan.",
  },
  ECONNREFUSED: {
    code: "unreachable",
    hint: "Nothing listens there; check the address, the port and the tunnel.",
  },
  ECONNRESET: { code: "unreachable" },
  EPIPE: { code: "unreachable" },
  ENOTFOUND: { code: "unreachable", hint: "Check the host's name." },
  EHOSTUNREACH: { code: "unreachable" },
  ETIMEDOUT: { code: "timeout" },
};

/** What the driver threw, as the one error; the SQLSTATE stays in the cause. */
export function refusal(cause: unknown, place: string): OutgrowError {
  if (cause instanceof OutgrowError) return cause;
  const said =
    cause instanceof Error && cause.message !== "" ? cause.message : String(codeOf(cause) ?? cause);
  const shape = shapeOf(cause);
  return new OutgrowError(shape.code, `PostgreSQL (${place}): ${said}`, { hint: shape.hint, cause });
}

/** The SQLSTATE of a refusal, or `null`: the caller may know what to do about it. */
export function stateOf(error: unknown): string | null {
  const code = codeOf(causeOf(error));
  return code !== undefined && /^[0-9A-Z]{5}$/.test(code) ? code : null;
}

/** The unique index that refused a row, or `null`. */
export function uniqueOf(error: unknown): string | null {
  if (stateOf(error) !== "23505") return null;
  return (causeOf(error) as { readonly constraint?: string }).constraint ?? null;
}

function causeOf(error: unknown): unknown {
  return error instanceof OutgrowError ? error.cause : error;
}

function shapeOf(cause: unknown): Shape {
  const code = codeOf(cause);
  const known = code === undefined ? undefined : KNOWN[code];
  if (known !== undefined) return known;
  if (code?.startsWith("08") || code?.startsWith("57P0")) return { code: "unreachable" };
  if (code !== undefined && /CERT|TLS|SSL|SELF_SIGNED|VERIFY|ISSUER/.test(code)) return TLS;
  // The driver gives neither code nor class to these: https://github.com/brianc/node-postgres/blob/master/packages/pg/lib/client.js
  const said = cause instanceof Error ? cause.message : "";
  if (/SSL|certificate/.test(said)) return TLS;
  if (/Connection terminated|not queryable|connection error|closed/i.test(said))
    return { code: "unreachable" };
  if (/timeout/.test(said)) return { code: "timeout" };
  return { code: "database" };
}

const TLS: Shape = {
  code: "tls",
  hint: "Give the server's own authority (its CA certificate) and the name that stands in its certificate.",
};

function codeOf(cause: unknown): string | undefined {
  if (typeof cause !== "object" || cause === null || !("code" in cause)) return undefined;
  return typeof cause.code === "string" ? cause.code : undefined;
}
