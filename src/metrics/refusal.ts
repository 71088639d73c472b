import { type ErrorCode, OutgrowError } from "../model/error.ts";
import type { Reply } from "./transport.ts";

/** What a Prometheus says of its own failure: the envelope's `errorType` and `error`. */
export interface ServerError {
  readonly errorType: string | null;
  readonly error: string | null;
}

/** Reads the envelope of a refusal; `null` when a gateway answered something else. */
export function serverError(body: string): ServerError | null {
  const value = jsonObject(body);
  if (value === null) return null;
  const { errorType, error } = value;
  return {
    errorType: typeof errorType === "string" ? errorType : null,
    error: typeof error === "string" ? error : null,
  };
}

/** A status other than 200, told as an error. `said` is the server's own message, cleaned. */
export function refusal(
  reply: Reply,
  where: string,
  expr: string,
  clean: (text: string) => string,
): OutgrowError {
  const envelope = serverError(reply.body);
  const said = serverMessage(envelope?.error ?? plainText(reply), clean);
  if (envelope?.errorType === "timeout") return queryTimeout(where, expr);
  if (reply.status >= 300 && reply.status < 400) return redirect(reply, where);
  const { code, message, hint } = REFUSALS[reply.status] ?? OTHER;
  const text = message.replace("$status", String(reply.status)).replace("$expr", () => shortened(expr));
  return new OutgrowError(code, `${where} ${text}${said}.`, { hint: hint ?? retryHint(reply) });
}

interface Explanation {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint?: string;
}

const BAD_QUERY: Explanation = {
  code: "bad-query",
  message: "refuses the expression $expr",
  hint: "Check expr and match in the configuration, and that metrics.prometheus.url is the base /api/v1/… is appended to.",
};
const OVERLOADED: Explanation = { code: "unavailable", message: "cannot answer now ($status)" };
const OTHER: Explanation = {
  code: "bad-answer",
  message: "answered with status $status",
  hint: "Check metrics.prometheus.url, and the server's own log.",
};

const REFUSALS: Readonly<Record<number, Explanation>> = {
  400: BAD_QUERY,
  422: BAD_QUERY,
  401: {
    code: "unauthorized",
    message: "does not accept the credentials (401)",
    hint:
      "Check metrics.prometheus.username, password or bearer. Grafana Cloud: the instance ID as username, " +
      "an access-policy token with metrics:read as password.",
  },
  403: {
    code: "unauthorized",
    message: "does not allow these credentials to read (403)",
    hint: "The token needs metrics:read, and a Mimir of several tenants the header X-Scope-OrgID.",
  },
  404: {
    code: "not-found",
    message: "does not exist (404)",
    hint:
      "Check metrics.prometheus.url, to which /api/v1/… is appended: it ends in /api/prom for Grafana Cloud, " +
      "in /prometheus for Mimir, and in nothing for most Prometheus servers.",
  },
  429: { code: "rate-limited", message: "takes no more questions for now (429)" },
  502: OVERLOADED,
  503: OVERLOADED,
  504: OVERLOADED,
};

function queryTimeout(where: string, expr: string): OutgrowError {
  return new OutgrowError(
    "timeout",
    `${where} gave up the expression ${shortened(expr)}: it takes too long.`,
    {
      hint: "Ask for a shorter span, narrow the expression with match, or raise --query.timeout of the server.",
    },
  );
}

/** Never followed: the credentials are for this origin, and a login page is no Prometheus. */
function redirect({ headers, status }: Reply, where: string): OutgrowError {
  const target = headers.location === undefined ? null : URL.parse(headers.location, where);
  const place = target === null ? "nowhere" : target.origin + target.pathname;
  return new OutgrowError("bad-answer", `${where} redirects (${status}) to ${place}.`, {
    hint: "If that is the right server, name it in metrics.prometheus.url; if it is a login page, credentials are missing.",
  });
}

function retryHint({ headers }: Reply): string {
  const after = headers["retry-after"];
  return after === undefined
    ? "Try again later."
    : `Try again later: the server asks to wait (Retry-After: ${after}).`;
}

function serverMessage(text: string | null, clean: (text: string) => string): string {
  const line =
    clean(text ?? "")
      .split("\n", 1)[0]
      ?.trim()
      .replace(/\.$/, "") ?? "";
  return line === "" ? "" : `: ${shortened(line)}`;
}

function plainText({ headers, body }: Reply): string | null {
  return headers["content-type"]?.startsWith("text/plain") ? body : null;
}

/** Expressions of several lines in one; long ones cut. */
function shortened(text: string, limit = 300): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > limit ? `${line.slice(0, limit)}…` : line;
}

function jsonObject(body: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" && value !== null ? { ...value } : null;
  } catch {
    return null;
  }
}
