import { request } from "node:https";
import { text } from "node:stream/consumers";
import type { KubeLab } from "./lab.ts";
import { type Fields, isFields } from "./object.ts";
import type { Exchange } from "./recording.ts";

export interface Reply {
  readonly status: number;
  readonly contentType: string;
  readonly body: unknown;
}

/** Sends recorded requests to another server: what the recorded one made up is replaced by what this one did. */
export interface Replay {
  send(request: Exchange["request"], token?: string): Promise<Reply>;
  /** Pairs what was recorded with what came: ids, revisions, generated names. */
  learn(recorded: unknown, came: unknown): void;
  /** Pairs one name. */
  rename(recorded: string, now: string): void;
}

export function createReplay(server: KubeLab): Replay {
  const names = new Map<string, string>();
  return {
    send: (recorded, token) => send(server, translated(recorded, names), token),
    learn: (recorded, came) => learn(recorded, came, "", names),
    rename: (recorded, now) => names.set(recorded, now),
  };
}

const LEARNED: ReadonlySet<string> = new Set(["uid", "name", "continue", "volumeName"]);

function learn(recorded: unknown, came: unknown, key: string, names: Map<string, string>): void {
  if (Array.isArray(recorded) && Array.isArray(came)) {
    for (const [index, item] of recorded.entries()) learn(item, came[index], key, names);
  } else if (isFields(recorded) && isFields(came)) {
    for (const [name, inner] of Object.entries(recorded)) learn(inner, came[name], name, names);
  } else if (typeof recorded === "string" && typeof came === "string" && recorded !== came) {
    if (LEARNED.has(key)) names.set(recorded, came);
    if (key === "resourceVersion")
      names.set(`"resourceVersion":"${recorded}"`, `"resourceVersion":"${came}"`);
  }
}

function translated(recorded: Exchange["request"], names: ReadonlyMap<string, string>): Exchange["request"] {
  let all = JSON.stringify(recorded);
  const longestFirst = [...names].toSorted(([a], [b]) => b.length - a.length);
  for (const [from, to] of longestFirst) all = all.replaceAll(from, to);
  return JSON.parse(all) as Exchange["request"];
}

/** The name the recorded server knew its client by. */
const AGENT = "Python-urllib/3.12";

async function send(
  { origin, token: admin }: KubeLab,
  { method, path, contentType, authorization, body }: Exchange["request"],
  token = admin,
): Promise<Reply> {
  const headers: Fields = {
    "User-Agent": AGENT,
    ...(contentType === undefined ? {} : { "Content-Type": contentType }),
    ...(authorization === "none" ? {} : { Authorization: `Bearer ${token}` }),
  };
  const response = await new Promise<import("node:http").IncomingMessage>((resolve, reject) => {
    const sent = request(origin + path, {
      method,
      headers: headers as Record<string, string>,
      rejectUnauthorized: false,
      agent: false,
    });
    sent.on("response", resolve).on("error", reject);
    sent.end(body === undefined ? undefined : typeof body === "string" ? body : JSON.stringify(body));
  });
  const said = await text(response);
  return {
    status: response.statusCode ?? 0,
    contentType: response.headers["content-type"] ?? "",
    body: parsed(said, path),
  };
}

function parsed(said: string, path: string): unknown {
  if (/[?&]watch=true/.test(path)) {
    return said
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as unknown);
  }
  try {
    return JSON.parse(said);
  } catch {
    return said;
  }
}
