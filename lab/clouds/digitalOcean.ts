import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/**
 * A stand-in for the few lists of DigitalOcean's API that outgrow reads, held to their own description of it.
 * It refuses what they refuse: a wrong token, a path or page size they do not have.
 */
export interface LabDigitalOcean extends AsyncDisposable {
  readonly origin: string;
  readonly token: string;
  /** The next answers are these, one each: 429 with `Retry-After: 0`, 503, 403, …; then all is well again. */
  failNext(...statuses: readonly number[]): void;
  /** How many requests have come. */
  asked(): number;
}

/** Items as their API shows them, by the name of the list. */
export type Lists = Readonly<Record<"droplets" | "vpcs" | "firewalls" | "sizes", readonly unknown[]>>;

const TOKEN = "dop_v1_0123456789abcdef";

export async function startDigitalOcean(lists: Lists): Promise<LabDigitalOcean> {
  const failures: number[] = [];
  let asked = 0;
  const server = createServer((request, response) => {
    asked++;
    const failure = failures.shift();
    send(
      response,
      failure === undefined
        ? answerTo(request, lists)
        : refusal(failure, FAILURES[failure] ?? "Server Error"),
    );
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    token: TOKEN,
    failNext: (...statuses) => void failures.push(...statuses),
    asked: () => asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

function answerTo(request: IncomingMessage, lists: Lists): Answer {
  const url = new URL(request.url ?? "/", "http://lab");
  if (request.headers.authorization !== `Bearer ${TOKEN}`) return refusal(401, "Unable to authenticate you");
  const name = /^\/v2\/(\w+)$/.exec(url.pathname)?.[1] ?? "";
  if (request.method !== "GET" || !isList(name, lists)) {
    return refusal(404, "The resource you were accessing could not be found.");
  }
  const size = Number(url.searchParams.get("per_page") ?? 20);
  const page = Number(url.searchParams.get("page") ?? 1);
  if (!(size >= 1 && size <= 200)) return refusal(400, "per_page must be between 1 and 200");
  const items = lists[name].slice((page - 1) * size, page * size);
  const hasMore = page * size < lists[name].length;
  const next = `${url.origin}${url.pathname}?page=${page + 1}&per_page=${size}`;
  const links = hasMore ? { pages: { next, last: next } } : {};
  return { status: 200, body: { [name]: items, links, meta: { total: lists[name].length } } };
}

function isList(name: string, lists: Lists): name is keyof Lists {
  return name in lists;
}

const FAILURES: Readonly<Record<number, string>> = {
  403: "You are not authorized to perform this operation",
  429: "API rate limit exceeded.",
  503: "Service Unavailable",
};

function refusal(status: number, message: string): Answer {
  const id = status === 401 ? "unauthorized" : status === 404 ? "not_found" : "server_error";
  return { status, body: { id, message } };
}

function send(response: ServerResponse, { status, body }: Answer): void {
  if (status === 429) response.setHeader("Retry-After", "0.01");
  response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
}
