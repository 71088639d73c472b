import { setTimeout as sleep } from "node:timers/promises";
import { OutgrowError } from "../model/error.ts";
import type { Secret } from "../model/secret.ts";
import { type Millis, SECOND } from "../model/time.ts";

/** How to reach DigitalOcean's API. */
export interface DigitalOceanAccess {
  /** `https://api.digitalocean.com`; the laboratory has its own. */
  readonly origin: string;
  readonly token: Secret;
  readonly timeoutMs: Millis;
}

const PER_PAGE = 200;
const MOST_PAGES = 100;
const MOST_TRIES = 4;
const LONGEST_WAIT: Millis = 60 * SECOND;

/** Every item of one list, page by page. Throws `unauthorized`, `denied`, `rate-limited`, `unavailable`, `unreachable`, `timeout` or `bad-answer`. */
export async function listAll(access: DigitalOceanAccess, name: string): Promise<readonly unknown[]> {
  const items: unknown[] = [];
  for (let page = 1; page <= MOST_PAGES; page++) {
    const body = await ask(access, `/v2/${name}?page=${page}&per_page=${PER_PAGE}`);
    const found = body[name];
    if (!Array.isArray(found)) throw notTheirs(access, `there is no list of ${name} in it`);
    items.push(...found);
    // Their link to the next page is only a sign: the token goes where we send it, not where an answer says.
    if (nextOf(body) === undefined) return items;
  }
  throw notTheirs(access, `${name} has no end`);
}

function nextOf(body: Readonly<Record<string, unknown>>): unknown {
  const { links } = body as {
    readonly links?: { readonly pages?: { readonly next?: unknown } | null } | null;
  };
  return links?.pages?.next;
}

async function ask(access: DigitalOceanAccess, path: string): Promise<Readonly<Record<string, unknown>>> {
  for (let tries = 1; ; tries++) {
    const response = await send(access, path);
    if (response.ok) return readBody(access, response);
    const isPassing = response.status === 429 || response.status >= 500;
    if (!isPassing || tries === MOST_TRIES) throw await refusalOf(access, path, response);
    await response.body?.cancel();
    await sleep(waitOf(response, tries));
  }
}

async function send({ origin, token, timeoutMs }: DigitalOceanAccess, path: string): Promise<Response> {
  try {
    return await fetch(`${origin}${path}`, {
      headers: { Authorization: `Bearer ${token.reveal()}`, Accept: "application/json" },
      signal: AbortSignal.timeout(timeoutMs),
      redirect: "error",
    });
  } catch (cause) {
    if ((cause as Error).name === "TimeoutError") {
      throw new OutgrowError(
        "timeout",
        `DigitalOcean (${origin}) did not answer within ${timeoutMs / SECOND} s.`,
        { cause },
      );
    }
    throw new OutgrowError("unreachable", `DigitalOcean (${origin}) cannot be reached: ${reasonOf(cause)}.`, {
      cause,
    });
  }
}

/** fetch says only "fetch failed"; what it failed of is inside. */
function reasonOf(error: unknown): string {
  const inner = (error as { readonly cause?: { readonly code?: string; readonly message?: string } }).cause;
  return inner?.code ?? inner?.message ?? (error as Error).message;
}

async function readBody(
  access: DigitalOceanAccess,
  response: Response,
): Promise<Readonly<Record<string, unknown>>> {
  try {
    const body: unknown = await response.json();
    if (typeof body === "object" && body !== null) return body as Readonly<Record<string, unknown>>;
  } catch (cause) {
    throw notTheirs(access, "it is no JSON", cause);
  }
  throw notTheirs(access, "it is no object");
}

/** Their own word for it, and what to do. https://docs.digitalocean.com/reference/api/#http-statuses */
async function refusalOf(
  { origin }: DigitalOceanAccess,
  path: string,
  response: Response,
): Promise<OutgrowError> {
  const said = await messageOf(response);
  const what = `DigitalOcean (${origin}) answered ${response.status} to GET ${path.replace(/\?.*/, "")}${said === "" ? "" : `: ${said}`}.`;
  switch (response.status) {
    case 401:
      return new OutgrowError("unauthorized", what, {
        hint: "cloud.digitalocean.token must hold a valid token.",
      });
    case 403:
      return new OutgrowError("denied", what, {
        hint: "The token needs the read scopes of droplet, vpc and firewall.",
      });
    case 429:
      return new OutgrowError("rate-limited", what, {
        hint: "They allow 5,000 requests an hour: try again later.",
      });
    default:
      return new OutgrowError(response.status >= 500 ? "unavailable" : "bad-answer", what);
  }
}

async function messageOf(response: Response): Promise<string> {
  const text = (await response.text()).slice(0, 4096);
  try {
    const { message } = JSON.parse(text) as { readonly message?: unknown };
    return typeof message === "string" ? message.replace(/\.$/, "") : "";
  } catch {
    return "";
  }
}

function notTheirs({ origin }: DigitalOceanAccess, why: string, cause?: unknown): OutgrowError {
  return new OutgrowError(
    "bad-answer",
    `DigitalOcean (${origin}) gave an answer that is not theirs: ${why}.`,
    { cause },
  );
}

/** As long as they ask for, else twice as long each time. */
function waitOf(response: Response, tries: number): Millis {
  const asked = Number(response.headers.get("retry-after")) * SECOND;
  return Math.min(asked > 0 ? asked : SECOND * 2 ** (tries - 1), LONGEST_WAIT);
}
