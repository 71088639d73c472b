import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { type Answer, NOT_FOUND, type Request, refusal } from "./answer.ts";
import type { LabManagedDatabase } from "./managedDatabase.ts";

/**
 * A stand-in for the little of DigitalOcean's API that outgrow uses, held to their own description of it: four lists, and
 * a managed database with its online migration. It refuses what they refuse: a wrong token, a path or page size they do not have.
 */
export interface LabDigitalOcean extends AsyncDisposable {
  readonly origin: string;
  readonly token: string;
  /** The next answers are these, one each: 429 with `Retry-After: 0`, 503, 403, …; then all is well again. */
  failNext(...statuses: readonly number[]): void;
  /** The next request of this method is carried out and the connection closed without an answer. */
  losesAnswerOf(method: string): void;
  /** How many requests have come, of one method or of all. */
  asked(method?: string): number;
}

/** Items as their API shows them, by the name of the list. */
export type Lists = Readonly<Record<"droplets" | "vpcs" | "firewalls" | "sizes", readonly unknown[]>>;

export const NO_LISTS: Lists = { droplets: [], vpcs: [], firewalls: [], sizes: [] };

const TOKEN = "dop_v1_0123456789abcdef";

/** Starts one; the databases it knows are ended by whoever made them. */
export async function startDigitalOcean(
  lists: Lists,
  databases: readonly LabManagedDatabase[] = [],
): Promise<LabDigitalOcean> {
  const failures: number[] = [];
  const lost: string[] = [];
  const asked: string[] = [];
  const server = createServer(async (incoming, response) => {
    const { method = "GET", headers } = incoming;
    asked.push(method);
    const body = await text(incoming).catch(() => "");
    const request = { method, url: new URL(incoming.url ?? "/", "http://lab"), body };
    const failure = failures.shift();
    if (failure !== undefined) return send(response, refusal(failure, FAILURES[failure] ?? "Server Error"));
    const isKnown = headers.authorization === `Bearer ${TOKEN}`;
    const answer = isKnown ? answerTo(request, lists, databases) : refusal(401, "Unable to authenticate you");
    if (!lost.includes(method)) return send(response, answer);
    lost.splice(lost.indexOf(method), 1);
    response.destroy();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    token: TOKEN,
    failNext: (...statuses) => void failures.push(...statuses),
    losesAnswerOf: (method) => void lost.push(method),
    asked: (method) => asked.filter((each) => method === undefined || each === method).length,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

function answerTo(request: Request, lists: Lists, databases: readonly LabManagedDatabase[]): Answer {
  const [, id = ""] = /^\/v2\/databases\/([^/]+)/.exec(request.url.pathname) ?? [];
  const database = databases.find((each) => each.id === id);
  if (database !== undefined) return database.answer(request);
  return listOf(request, lists);
}

function listOf({ method, url }: Request, lists: Lists): Answer {
  const name = /^\/v2\/(\w+)$/.exec(url.pathname)?.[1] ?? "";
  if (method !== "GET" || !isList(name, lists)) return NOT_FOUND;
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

function send(response: ServerResponse, { status, body }: Answer): void {
  if (status === 429) response.setHeader("Retry-After", "0.01");
  if (body === undefined) response.writeHead(status).end();
  else response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
}
