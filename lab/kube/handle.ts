import type { IncomingMessage, ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { authenticate, authorize, type Denial, review } from "./access.ts";
import type { Answer, Call, Target, User } from "./call.ts";
import { coreVersions, groupList, resourceList } from "./discovery.ts";
import { listing, selection } from "./reading.ts";
import { badRequest, refusal } from "./refusal.ts";
import { route } from "./route.ts";
import { VERSION } from "./version.ts";
import { watch } from "./watching.ts";
import type { World } from "./world.ts";
import { create } from "./write/create.ts";
import { evict } from "./write/evict.ts";
import { patch } from "./write/patch.ts";
import { remove, removeAll } from "./write/remove.ts";
import { scale } from "./write/scale.ts";
import { existing, update } from "./write/update.ts";

export interface Gate {
  readonly tokens: ReadonlyMap<string, User>;
  readonly denials: readonly Denial[];
  /** `10.116.0.2:6443`, as `/api` tells it. */
  readonly address: string;
  /** `v1.36.2+k3s1` */
  readonly version: string;
}

/** One request, from who asks to what is answered; `undefined`: it answers by itself (a watch). */
export async function handle(
  world: World,
  gate: Gate,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<Answer | undefined> {
  const url = new URL(request.url ?? "/", "https://server");
  const user = authenticate(request, gate.tokens);
  const open = await openAnswer(world, gate, url.pathname);
  if (open !== undefined) return open;
  const target = route(url.pathname, world.store.resources());
  if (target === undefined) return { status: 404, body: "404 page not found\n" };
  const call = await readCall(world, target, url, user, request);
  authorize(user, verbOf(call), target, gate.denials);
  if (target.resource.plural === "selfsubjectaccessreviews") {
    return review(call, gate.denials);
  }
  if (call.method === "GET" && call.query.get("watch") === "true") {
    watch(call, response);
    return undefined;
  }
  return await answer(call);
}

/** What everyone may ask. */
async function openAnswer(world: World, gate: Gate, path: string): Promise<Answer | undefined> {
  if (["/readyz", "/livez", "/healthz"].includes(path)) return { status: 200, body: "ok" };
  if (path === "/version") return { status: 200, body: { ...VERSION, gitVersion: gate.version } };
  if (path === "/api") return { status: 200, body: coreVersions(gate.address) };
  const resources = world.store.resources();
  if (path === "/apis") return { status: 200, body: groupList(resources) };
  const apiVersion = /^\/(?:api|apis)\/([^/]+(?:\/[^/]+)?)$/.exec(path)?.[1];
  const list = apiVersion === undefined ? undefined : resourceList(resources, apiVersion);
  return list === undefined ? undefined : { status: 200, body: list };
}

async function readCall(
  world: World,
  target: Target,
  { searchParams: query }: URL,
  user: User,
  request: IncomingMessage,
): Promise<Call> {
  const body = await text(request);
  const agent = (request.headers["user-agent"] ?? "").split("/")[0] ?? "";
  const contentType = (request.headers["content-type"] ?? "application/json").split(";")[0] ?? "";
  return {
    world,
    target,
    query,
    user,
    method: request.method ?? "GET",
    manager: query.get("fieldManager") ?? (agent === "" ? "unknown" : agent),
    isDryRun: dryRun(query),
    contentType,
    body: parsed(body, contentType),
  };
}

function dryRun(query: URLSearchParams): boolean {
  const values = query.getAll("dryRun");
  if (values.some((value) => value !== "All")) {
    throw badRequest(
      `Invalid value: ${JSON.stringify(values)}: dryRun: Unsupported value: supported values: "All"`,
    );
  }
  return values.length > 0;
}

/** Apply patches are YAML to the real server; here only the JSON kind of YAML is read. */
function parsed(body: string, contentType: string): unknown {
  if (body === "") return undefined;
  try {
    return JSON.parse(body);
  } catch {
    if (contentType === "application/apply-patch+yaml") {
      throw badRequest("this server reads JSON only: send the configuration as JSON");
    }
    throw badRequest("the object provided is unrecognized (must be of type JSON)");
  }
}

async function answer(call: Call): Promise<Answer> {
  const { method, target } = call;
  if (target.subresource === "scale") return scale(call);
  if (target.subresource === "eviction" && method === "POST") return evict(call);
  if (target.subresource !== undefined && target.subresource !== "status") throw notHere(call);
  const handlers = target.name === undefined ? COLLECTION : OBJECT;
  const handler = handlers[method];
  if (handler === undefined) throw notHere(call);
  return await handler(call);
}

type Handler = (call: Call) => Answer | Promise<Answer>;

const COLLECTION: Readonly<Record<string, Handler>> = { GET: listing, POST: create, DELETE: removeSelected };

const OBJECT: Readonly<Record<string, Handler>> = {
  GET: (call) => ({ status: 200, body: existing(call) }),
  PUT: update,
  PATCH: patch,
  DELETE: remove,
};

function removeSelected(call: Call): Answer {
  const objects = selection(call);
  const answered = listing(call);
  if (!call.isDryRun) removeAll(call, objects);
  return answered;
}

function notHere({ method }: Call): Error {
  return refusal(
    405,
    "MethodNotAllowed",
    `the server does not allow this method on the requested resource (${method})`,
  );
}

const VERBS: Readonly<Record<string, string>> = { POST: "create", PUT: "update", PATCH: "patch" };

function verbOf({ method, target, query }: Call): string {
  if (method === "GET") {
    if (query.get("watch") === "true") return "watch";
    return target.name === undefined ? "list" : "get";
  }
  if (method === "DELETE") return target.name === undefined ? "deletecollection" : "delete";
  return VERBS[method] ?? method.toLowerCase();
}
