import { readFileSync } from "node:fs";
import { request } from "node:https";
import { text } from "node:stream/consumers";
import type { TLSSocket } from "node:tls";

/** Somebody to be asked over TLS, and what to show. */
export interface ApiAccess {
  /** `10.116.0.2:6443` */
  readonly address: string;
  /** Without it nobody is trusted or distrusted: only for getting it. */
  readonly ca?: string;
  readonly token?: string;
}

export interface ApiAnswer {
  readonly status: number;
  readonly body: string;
}

const PATIENCE_MS = 2_000;

/** One request on a connection of its own: a firewall shall see each of them. Throws in words like k3s's. */
export function ask(access: ApiAccess, method: string, path: string, body?: unknown): Promise<ApiAnswer> {
  const url = `https://${access.address}${path}`;
  const [host = "", port] = access.address.split(":");
  const json = body === undefined ? undefined : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const fail = (why: string) => reject(new Error(`${method} "${url}": ${why}`));
    const sent = request(
      {
        ...{ host, port, path, method, agent: false, timeout: PATIENCE_MS },
        ...(access.ca === undefined ? { rejectUnauthorized: false } : { ca: access.ca }),
        headers: {
          ...(access.token === undefined ? {} : { Authorization: `Bearer ${access.token}` }),
          ...(json === undefined ? {} : { "Content-Type": "application/json" }),
        },
      },
      (response) => {
        const untimely = access.ca === undefined ? null : outOfTime(response.socket as TLSSocket);
        if (untimely !== null) fail(untimely);
        else
          text(response).then(
            (answer) => resolve({ status: response.statusCode ?? 0, body: answer }),
            (error: Error) => fail(error.message),
          );
      },
    );
    sent.on("timeout", () => sent.destroy(new Error("context deadline exceeded")));
    sent.on("error", (error) => fail(error.message));
    sent.end(json);
  });
}

/** The certificate by the clock of this host, which the laboratory can put wrong. */
function outOfTime(socket: TLSSocket): string | null {
  const { valid_from, valid_to } = socket.getPeerCertificate();
  const now = Date.now() + clockOffsetSeconds() * 1_000;
  if (now >= Date.parse(valid_from) && now <= Date.parse(valid_to)) return null;
  const time = new Date(now).toISOString();
  return `tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time ${time}`;
}

export function clockOffsetSeconds(): number {
  try {
    return Number(readFileSync("/etc/outgrow-lab-clock", "utf8").trim()) || 0;
  } catch {
    return 0;
  }
}
