import { type ErrorCode, OutgrowError } from "../model/error.ts";

interface Explanation {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string;
}

/** What went wrong below HTTP, in one sentence: told by the error's code, never by its text. */
export function networkFailure(error: unknown, where: string): OutgrowError {
  const { code, message, hint } = explanation(errorCode(error));
  return new OutgrowError(code, `${where}: ${message}.`, { hint, cause: error });
}

/** The connection broke off: asking again may well work. */
export function isBroken(error: unknown): boolean {
  return error instanceof OutgrowError && BROKEN.has(errorCode(error.cause));
}

const BROKEN: ReadonlySet<string> = new Set([
  "ECONNRESET",
  "EPIPE",
  "EAI_AGAIN",
  "ERR_STREAM_PREMATURE_CLOSE",
]);

function explanation(code: string): Explanation {
  if (BAD_HTTP.test(code)) return NOT_HTTP;
  if (BROKEN_PACKING.test(code)) return BAD_PACKING;
  return EXPLANATIONS[code] ?? { ...UNKNOWN, message: `the connection failed (${code})` };
}

function errorCode(error: unknown): string {
  if (!(error instanceof Error)) return "unknown";
  if ("code" in error && typeof error.code === "string") return error.code;
  // Several addresses of one name (::1 and 127.0.0.1) all failed: the first tells enough.
  return error instanceof AggregateError ? errorCode(error.errors[0]) : "unknown";
}

const BAD_HTTP = /^HPE_/;
const BROKEN_PACKING = /^Z_/;
const CHECK_URL = "Check metrics.prometheus.url, and that the server is up.";
const CA_HINT = "Name the PEM file of the authority that signed it in metrics.prometheus.caFile.";

const UNKNOWN = { code: "unreachable", message: "the connection failed", hint: CHECK_URL } as const;
const NOT_HTTP: Explanation = {
  code: "bad-answer",
  message: "what answers there does not speak HTTP",
  hint: CHECK_URL,
};
const BAD_PACKING: Explanation = {
  code: "bad-answer",
  message: "the gzip answer cannot be unpacked",
  hint: "A proxy in between may have cut or changed it.",
};
const UNTRUSTED: Explanation = {
  code: "tls",
  message: "its certificate is signed by an authority this machine does not trust",
  hint: CA_HINT,
};

const HANDSHAKE: Explanation = {
  code: "tls",
  message: "the TLS handshake failed",
  hint: "The server may speak plain http:// on this port.",
};

const EXPLANATIONS: Readonly<Record<string, Explanation>> = {
  ECONNREFUSED: { code: "unreachable", message: "the connection was refused", hint: CHECK_URL },
  ENOTFOUND: { code: "unreachable", message: "the name does not resolve", hint: CHECK_URL },
  EAI_AGAIN: {
    code: "unreachable",
    message: "the name server does not answer",
    hint: "Check this machine's DNS.",
  },
  EHOSTUNREACH: { code: "unreachable", message: "there is no route to the host", hint: CHECK_URL },
  ENETUNREACH: { code: "unreachable", message: "there is no route to the network", hint: CHECK_URL },
  ETIMEDOUT: { code: "unreachable", message: "the connection timed out", hint: CHECK_URL },
  ECONNRESET: { code: "unreachable", message: "the connection was cut", hint: CHECK_URL },
  EPIPE: { code: "unreachable", message: "the connection was cut", hint: CHECK_URL },
  ERR_STREAM_PREMATURE_CLOSE: { code: "unreachable", message: "the connection was cut", hint: CHECK_URL },
  DEPTH_ZERO_SELF_SIGNED_CERT: { code: "tls", message: "its certificate is self-signed", hint: CA_HINT },
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
  CERT_HAS_EXPIRED: {
    code: "tls",
    message: "its certificate has expired",
    hint: "Renew the certificate on the server, and check this machine's clock.",
  },
  CERT_NOT_YET_VALID: {
    code: "tls",
    message: "its certificate is not valid yet",
    hint: "Check the clocks of this machine and of the server.",
  },
  ERR_TLS_CERT_ALTNAME_INVALID: {
    code: "tls",
    message: "its certificate is for another name",
    hint: "Use the name the certificate is made for in metrics.prometheus.url.",
  },
  EPROTO: HANDSHAKE,
  ERR_SSL_WRONG_VERSION_NUMBER: HANDSHAKE,
};
