import { request as httpRequest, type IncomingMessage } from "node:http";
import { Agent, request as httpsRequest, type RequestOptions } from "node:https";
import { OutgrowError } from "../model/error.ts";
import type { KubeAnswer, KubeApi, KubeRequest } from "./api.ts";
import { parseBody, readBody } from "./body.ts";
import { type Credentials, credentialSource } from "./credentials.ts";
import { isBroken, networkFailure, tooSlow } from "./failure.ts";
import { readKubeconfig } from "./kubeconfig.ts";
import type { KubeSettings } from "./settings.ts";

/** A small API server is asked no more than this at once. */
const CONNECTIONS = 6;

/** Reads the kubeconfig, and connects when first asked. Throws `file`, `config` or `unauthorized` for what cannot work. */
export function connectKube(settings: KubeSettings): KubeApi {
  const config = readKubeconfig(settings);
  const credentials = credentialSource(config);
  const pool = createPool();
  return {
    request: async (asked) => {
      const shown = await credentials();
      const line = { ...settings, server: config.cluster.server, agent: pool.agentFor(shown.tls) };
      return await exchange(line, asked, shown.headers);
    },
    async [Symbol.asyncDispose]() {
      pool.close();
    },
  };
}

interface Pool {
  /** Kept connections are of one identity: a new certificate takes new ones. */
  agentFor(tls: Credentials["tls"]): Agent;
  close(): void;
}

function createPool(): Pool {
  let last: { readonly key: string; readonly agent: Agent } | undefined;
  return {
    agentFor: (tls) => {
      const key = `${tls.cert}\n${tls.key}`;
      if (last?.key !== key) {
        last?.agent.destroy();
        last = { key, agent: new Agent({ ...tls, keepAlive: true, maxSockets: CONNECTIONS }) };
      }
      return last.agent;
    },
    close: () => last?.agent.destroy(),
  };
}

interface Line extends KubeSettings {
  readonly server: string;
  readonly agent: Agent;
}

async function exchange(line: Line, asked: KubeRequest, shown: Credentials["headers"]): Promise<KubeAnswer> {
  const attempt = { isReused: false };
  try {
    return await once(line, asked, shown, attempt);
  } catch (error) {
    // A kept connection may have been closed at the other end meanwhile. Only what changes nothing is asked again.
    const isStale = error instanceof OutgrowError && isBroken(error.cause) && attempt.isReused;
    if (!isStale || asked.method !== "GET") throw error;
    return await once(line, asked, shown, attempt);
  }
}

async function once(
  line: Line,
  asked: KubeRequest,
  shown: Credentials["headers"],
  attempt: { isReused: boolean },
): Promise<KubeAnswer> {
  const where = line.server + asked.path.replace(/\?.*/, "");
  const deadline = new AbortController();
  let wasConnected = true;
  let timer: NodeJS.Timeout | undefined;
  const body = asked.body === undefined ? undefined : JSON.stringify(asked.body);
  const secure = line.server.startsWith("https:");
  const options: RequestOptions = {
    method: asked.method,
    signal: deadline.signal,
    headers: { ...shown, ...headersFor(asked, body) },
    ...(secure ? { agent: line.agent } : {}),
  };
  try {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const sent = (secure ? httpsRequest : httpRequest)(line.server + asked.path, options, resolve);
      sent.on("error", reject);
      sent.on("socket", (socket) => {
        attempt.isReused = sent.reusedSocket;
        timer = setTimeout(() => {
          wasConnected = !socket.connecting;
          deadline.abort();
        }, line.timeoutMs);
      });
      sent.end(body);
    });
    const text = await readBody(response, line.limitBytes, where);
    const { statusCode: status = 0, headers } = response;
    return { status, body: parseBody(text, headers["content-type"], where) };
  } catch (error) {
    if (error instanceof OutgrowError) throw error;
    throw deadline.signal.aborted
      ? tooSlow(where, line.timeoutMs, wasConnected)
      : networkFailure(error, where);
  } finally {
    clearTimeout(timer);
  }
}

function headersFor({ contentType }: KubeRequest, body: string | undefined): Record<string, string | number> {
  return {
    Accept: "application/json",
    "Accept-Encoding": "gzip",
    "User-Agent": "outgrow",
    ...(body === undefined
      ? {}
      : { "Content-Type": contentType ?? "application/json", "Content-Length": Buffer.byteLength(body) }),
  };
}
