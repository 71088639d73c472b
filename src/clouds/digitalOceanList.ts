import { ask, notTheirs, readBody } from "./digitalOceanAsk.ts";
import type { DigitalOceanAccess } from "./digitalOceanQuestion.ts";

const PER_PAGE = 200;
const MOST_PAGES = 100;
const DENIED = "The token needs the read scopes of droplet, vpc and firewall.";

/** Every item of one list, page by page. Throws `unauthorized`, `denied`, `rate-limited`, `unavailable`, `unreachable`, `timeout` or `bad-answer`. */
export async function listAll(access: DigitalOceanAccess, name: string): Promise<readonly unknown[]> {
  const items: unknown[] = [];
  for (let page = 1; page <= MOST_PAGES; page++) {
    const body = await readPage(access, `/v2/${name}?page=${page}&per_page=${PER_PAGE}`);
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

async function readPage(
  access: DigitalOceanAccess,
  path: string,
): Promise<Readonly<Record<string, unknown>>> {
  return readBody(access, await ask(access, { method: "GET", path, deniedHint: DENIED }));
}
