import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { json } from "node:stream/consumers";
import type { Answer, User } from "./call.ts";
import { advertisedAddresses } from "./controllers/advertised.ts";
import { type NodeRegistration, registerNode } from "./nodes.ts";
import { read } from "./object.ts";
import { refusal } from "./refusal.ts";
import { find, type World } from "./world.ts";

/** What stands in for k3s's supervisor on the API's port: who holds a token may register one node. */
export interface Supervisor {
  readonly ca: string;
  readonly joinTokens: Set<string>;
  readonly tokens: Map<string, User>;
}

/**
 * `GET /cacerts`, open as k3s has it; under a join token `GET /v1-k3s/apiservers`, the addresses that are
 * advertised, and `POST /lab/join`: a `NodeRegistration` gives the node's own API token, which lets it in again.
 * `undefined`: the path is none of the supervisor's.
 */
export async function supervise(
  world: World,
  supervisor: Supervisor,
  request: IncomingMessage,
): Promise<Answer | undefined> {
  if (request.url === "/cacerts") return { status: 200, body: supervisor.ca };
  const isJoin = request.url === "/lab/join" && request.method === "POST";
  if (!isJoin && request.url !== "/v1-k3s/apiservers") return undefined;
  const token = /^Bearer (.*)$/.exec(request.headers.authorization ?? "")?.[1] ?? "";
  const member = supervisor.tokens.get(token)?.name ?? null;
  if (member === null && !supervisor.joinTokens.has(token) && !isBootstrapToken(world, token)) {
    throw refusal(401, "Unauthorized", "not authorized");
  }
  if (!isJoin) return { status: 200, body: advertisedAddresses(world).map((each) => `${each}:6443`) };
  const node = (await json(request)) as NodeRegistration;
  if (member !== null && member !== `system:node:${node.name}`) {
    throw refusal(403, "Forbidden", `${member} is not the node ${node.name}`);
  }
  refuseNewer(node, world);
  registerNode(world, node);
  const own = randomUUID();
  supervisor.tokens.set(own, { name: `system:node:${node.name}`, groups: ["system:nodes"] });
  return { status: 201, body: { token: own } };
}

/** `id.secret` of a Secret `bootstrap-token-<id>` that has not expired: what `k3s token create` makes. */
function isBootstrapToken(world: World, token: string): boolean {
  const [id = "", secret = ""] = token.split(".");
  const kept = find(world, "secrets", "kube-system", `bootstrap-token-${id}`);
  if (kept?.type !== "bootstrap.kubernetes.io/token") return false;
  const text = (key: string) => Buffer.from(read<string>(kept, "data", key) ?? "", "base64").toString();
  const expiration = text("expiration");
  const isOver = expiration !== "" && Date.parse(expiration) <= world.now().getTime();
  return secret !== "" && text("token-secret") === secret && !isOver;
}

/** A kubelet may not be newer than its API server. */
function refuseNewer({ name, version }: NodeRegistration, { version: server }: World): void {
  if (compare(version, server) <= 0) return;
  throw refusal(403, "Forbidden", `node ${name} runs ${version}, which is newer than the server's ${server}`);
}

function compare(left: string, right: string): number {
  const numbers = (text: string) => (text.match(/\d+/g) ?? []).map(Number);
  const [a, b] = [numbers(left), numbers(right)];
  const index = a.findIndex((value, place) => value !== b[place]);
  return index < 0 ? 0 : (a[index] ?? 0) - (b[index] ?? 0);
}
