import type { IncomingMessage, RequestOptions, request } from "node:http";
import { OutgrowError } from "../model/error.ts";
import { isLoopback } from "./address.ts";
import { readBody } from "./body.ts";
import { networkFailure } from "./networkFailure.ts";

export interface TransportOptions {
  readonly origin: string;
  /** Sent with every request. */
  readonly headers: Readonly<Record<string, string>>;
  /** PEM text; only authorities in it are believed. `null`: those of the system. */
  readonly ca: string | null;
  readonly timeoutMs: number;
  readonly limitBytes: number;
}

/** A GET without `form`, a POST with one. */
export interface Question {
  readonly path: string;
  readonly form?: string;
}

export interface Reply {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

export type Transport = (question: Question) => Promise<Reply>;

/** More at once and a small Prometheus queues them anyway (`--query.max-concurrency` is 20 for all its users). */
const CONNECTIONS = 4;

/**
 * An `import` of these asks for every one of their exports, and http's WebSocket loads all of undici:
 * 40 ms and 9 MB that nobody here needs.
 */
const http = process.getBuiltinModule("node:http");
const https = process.getBuiltinModule("node:https");

/**
 * HTTP without judgement: any status is a reply, and every failure below HTTP an
 * `OutgrowError`. At most four requests are under way, over kept connections.
 */
export function createTransport(options: TransportOptions): Transport {
  const secure = options.origin.startsWith("https:");
  const pool = {
    keepAlive: true,
    maxSockets: CONNECTIONS,
    ...(options.ca === null ? {} : { ca: options.ca }),
  };
  const agent = secure ? new https.Agent(pool) : new http.Agent(pool);
  const headers = { ...options.headers, Accept: "application/json", "User-Agent": "outgrow" };
  const encoding = isLoopback(options.origin) ? "identity" : "gzip";
  return (question) =>
    exchange(options, question, secure ? https.request : http.request, {
      agent,
      method: question.form === undefined ? "GET" : "POST",
      headers: { ...headers, "Accept-Encoding": encoding, ...formHeaders(question.form) },
    });
}

async function exchange(
  { origin, timeoutMs, limitBytes }: TransportOptions,
  { path, form }: Question,
  send: typeof request,
  options: RequestOptions,
): Promise<Reply> {
  const where = origin + path.replace(/\?.*/, "");
  const deadline = new AbortController();
  let connected = true;
  let timer: NodeJS.Timeout | undefined;
  try {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const sent = send(origin + path, { ...options, signal: deadline.signal }, resolve);
      sent.on("error", reject);
      // The clock starts when the request gets its socket: waiting for one of the four is not the server's fault.
      sent.on("socket", (socket) => {
        timer = setTimeout(() => {
          connected = !socket.connecting;
          deadline.abort();
        }, timeoutMs);
      });
      sent.end(form);
    });
    return {
      status: response.statusCode ?? 0,
      headers: response.headers,
      body: await readBody(response, limitBytes, where),
    };
  } catch (error) {
    if (error instanceof OutgrowError) throw error;
    throw deadline.signal.aborted ? tooSlow(where, timeoutMs, connected) : networkFailure(error, where);
  } finally {
    clearTimeout(timer);
  }
}

function formHeaders(form: string | undefined): Record<string, string | number> {
  if (form === undefined) return {};
  return {
    "Content-Type": "application/x-www-form-urlencoded",
    "Content-Length": Buffer.byteLength(form),
  };
}

function tooSlow(where: string, timeoutMs: number, connected: boolean): OutgrowError {
  const seconds = timeoutMs / 1000;
  if (!connected) {
    return new OutgrowError("unreachable", `${where}: no connection within ${seconds} s.`, {
      hint: "A firewall may be dropping the packets, or the address is wrong: check metrics.prometheus.url.",
    });
  }
  return new OutgrowError("timeout", `${where} did not answer within ${seconds} s.`, {
    hint: "The server is busy or the query is heavy: raise metrics.prometheus.timeout, or ask for a shorter span.",
  });
}
