import { type ErrorCode, OutgrowError } from "../model/error.ts";

/** What went wrong below HTTP, in one sentence: told by the error's code, never by its text. */
export function networkFailure(error: unknown, where: string): OutgrowError {
  const code = errorCode(error);
  const [as, message, hint] = EXPLANATIONS[code] ?? (/^HPE_/.test(code) ? NOT_HTTP : unknown(code));
  return new OutgrowError(as, `${where}: ${message}.`, { hint, cause: error });
}

/** The connection broke off where it had worked before: asking again may well do. */
export function isBroken(error: unknown): boolean {
  return ["ECONNRESET", "EPIPE"].includes(errorCode(error));
}

export function tooSlow(where: string, timeoutMs: number, wasConnected: boolean): OutgrowError {
  const seconds = timeoutMs / 1000;
  return wasConnected
    ? new OutgrowError("timeout", `${where} did not answer within ${seconds} s.`, {
        hint: "The API server is overloaded or just starting: see kubectl get --raw /readyz, and k3s's own log.",
      })
    : new OutgrowError("unreachable", `${where}: no connection within ${seconds} s.`, {
        hint: "A firewall may be dropping the packets, or the address is wrong: check the server in the kubeconfig.",
      });
}

type Explanation = readonly [code: ErrorCode, message: string, hint: string];

function errorCode(error: unknown): string {
  if (!(error instanceof Error)) return "unknown";
  if ("code" in error && typeof error.code === "string") return error.code;
  // Several addresses of one name (::1 and 127.0.0.1) all failed: the first tells enough.
  return error instanceof AggregateError ? errorCode(error.errors[0]) : "unknown";
}

const CHECK_SERVER =
  "Check the server in the kubeconfig, and that k3s is running there: systemctl status k3s.";
const CHECK_CA =
  "The kubeconfig is of another cluster, or of this one before it was made anew: copy /etc/rancher/k3s/k3s.yaml again.";

function unknown(code: string): Explanation {
  return ["unreachable", `the connection failed (${code})`, CHECK_SERVER];
}

const NOT_HTTP: Explanation = ["bad-answer", "what answers there does not speak HTTP", CHECK_SERVER];
const UNTRUSTED: Explanation = [
  "tls",
  "its certificate is not signed by the authority in the kubeconfig",
  CHECK_CA,
];
const CUT: Explanation = ["unreachable", "the connection was cut", CHECK_SERVER];
const PLAIN: Explanation = [
  "tls",
  "the TLS handshake failed",
  "Something else than a Kubernetes API may answer there.",
];
const REJECTED: Explanation = ["unauthorized", "it does not accept the client certificate", CHECK_CA];

const EXPLANATIONS: Readonly<Record<string, Explanation>> = {
  ECONNREFUSED: ["unreachable", "the connection was refused", CHECK_SERVER],
  ENOTFOUND: ["unreachable", "the name does not resolve", CHECK_SERVER],
  EAI_AGAIN: ["unreachable", "the name server does not answer", "Check this machine's DNS."],
  EHOSTUNREACH: ["unreachable", "there is no route to the host", CHECK_SERVER],
  ENETUNREACH: ["unreachable", "there is no route to the network", CHECK_SERVER],
  ETIMEDOUT: ["unreachable", "the connection timed out", CHECK_SERVER],
  ECONNRESET: CUT,
  EPIPE: CUT,
  ERR_STREAM_PREMATURE_CLOSE: CUT,
  DEPTH_ZERO_SELF_SIGNED_CERT: UNTRUSTED,
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
  CERT_SIGNATURE_FAILURE: UNTRUSTED,
  CERT_HAS_EXPIRED: [
    "tls",
    "its certificate has expired",
    "k3s renews its certificates when it starts: restart k3s on the server, and check this machine's clock.",
  ],
  CERT_NOT_YET_VALID: [
    "tls",
    "its certificate is not valid yet",
    "Check the clocks of this machine and of the server.",
  ],
  ERR_TLS_CERT_ALTNAME_INVALID: [
    "tls",
    "its certificate is for other names",
    "Use one of them as server in the kubeconfig, or add this one to tls-san in k3s's config.yaml and restart it.",
  ],
  EPROTO: PLAIN,
  ERR_SSL_WRONG_VERSION_NUMBER: PLAIN,
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: REJECTED,
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: REJECTED,
};
