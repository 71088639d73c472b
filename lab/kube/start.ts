import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import { type AddressInfo, isIP } from "node:net";
import { type Authority, createAuthority } from "../certificates.ts";
import { tempFolder } from "../temp.ts";
import type { Denial } from "./access.ts";
import type { Answer, User } from "./call.ts";
import { type Controller, settle } from "./controllers/settle.ts";
import { createFaults, suffer } from "./faults.ts";
import { type Gate, handle } from "./handle.ts";
import { type Supervisor, supervise } from "./joining.ts";
import { writeKubeconfig } from "./kubeconfig.ts";
import type { KubeHandles, KubeLab, KubeOptions } from "./lab.ts";
import { registerNode, setNodeReady } from "./nodes.ts";
import { statusOf } from "./refusal.ts";
import { createStore } from "./store.ts";
import { add, type World } from "./world.ts";

/**
 * A STAND-IN for the Kubernetes API server of a k3s, its controllers and its kubelets, in memory.
 * No container runs. It is held to exchanges recorded from a real kube-apiserver 1.36
 * (`conformance.test.ts`); what is not in them and not in the tests beside it is not promised.
 * `controllers` are the laboratory's own, run with the others after every write.
 */
export async function startKube(
  options: KubeOptions = {},
  controllers: readonly Controller[] = [],
): Promise<KubeLab> {
  const state = createState(options, controllers);
  const folder =
    options.folder === undefined ? tempFolder("kube") : { path: options.folder, [Symbol.dispose]: keep };
  mkdirSync(folder.path, { recursive: true });
  const authority = createAuthority();
  const ca = readFileSync(authority.certFile, "utf8");
  const supervisor: Supervisor = { ca, joinTokens: new Set(options.joinTokens), tokens: state.tokens };
  const address = options.address ?? "127.0.0.1";
  const server = secureServer(authority, ca, address, options.subjects ?? []);
  server.on("request", (request, response) => void serve(state, supervisor, request, response));
  await listen(server, options.port ?? 0, address);
  const { port } = server.address() as AddressInfo;
  const origin = `https://${address}:${port}`;
  state.gate.address = `${address}:${port}`;
  const client = authority.issue("DNS:admin", 1, "/O=system:masters/CN=system:admin");
  const kubeconfig = writeKubeconfig(folder.path, { origin, ca, token: state.token, client });
  return {
    ...handles(state, supervisor, server, { port, address }),
    origin,
    port,
    kubeconfig,
    token: state.token,
    caFile: authority.certFile,
    async [Symbol.asyncDispose]() {
      await close(server);
      state.dispose();
      authority[Symbol.dispose]();
      folder[Symbol.dispose]();
    },
  };
}

function keep(): void {
  // The folder is the caller's.
}

interface State {
  readonly world: World;
  readonly gate: { -readonly [K in keyof Gate]: Gate[K] };
  readonly tokens: Map<string, User>;
  readonly token: string;
  readonly faults: ReturnType<typeof createFaults>;
  /** Lets the controllers run if anything happened since they did. */
  settle(): void;
  dispose(): void;
}

function createState(options: KubeOptions, controllers: readonly Controller[]): State {
  const store = createStore();
  const token = randomBytes(16).toString("hex");
  const admin = { name: "system:admin", groups: ["system:masters"] };
  const users = Object.entries(options.users ?? {}).map(
    ([name, { token: own, groups = [] }]) => [own, { name, groups }] as const,
  );
  const tokens = new Map<string, User>([[token, admin], ...users]);
  const timers = new Set<NodeJS.Timeout>();
  const version = options.version ?? "v1.36.2+k3s1";
  let settledAt = -1;
  const run = () => {
    if (store.revision() === settledAt) return;
    settle(world, controllers);
    settledAt = store.revision();
  };
  const wakeAfter = (delayMs: number) => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      settledAt = -1;
      run();
    }, delayMs);
    timers.add(timer);
  };
  const podStartMs = options.podStartMs ?? 0;
  const world: World = { store, version, podStartMs, wakeAfter, now: () => new Date() };
  if (options.snapshot === undefined) furnish(world);
  else store.restore(options.snapshot);
  run();
  return {
    world,
    tokens,
    token,
    faults: createFaults(),
    gate: { tokens, denials: [], address: "", version },
    settle: run,
    dispose: () => {
      for (const timer of timers) clearTimeout(timer);
    },
  };
}

/** What every cluster is born with. */
function furnish(world: World): void {
  for (const name of ["default", "kube-system", "kube-public", "kube-node-lease"]) {
    add(world, "namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name } });
  }
  add(world, "services", {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "kubernetes", namespace: "default" },
    spec: { clusterIP: "10.43.0.1", ports: [{ name: "https", port: 443, targetPort: 6443 }] },
  });
}

async function serve(
  state: State,
  supervisor: Supervisor,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  response.on("error", keep);
  const path = request.url ?? "/";
  const fault = state.faults.meet(request.method ?? "GET", path);
  if (await suffer(fault, request, response)) return;
  state.settle();
  const answered = await answerTo(state, supervisor, request, response);
  if (fault?.kind === "cut-after") request.socket.destroy();
  else if (answered !== undefined) send(response, answered);
  setImmediate(state.settle);
}

async function answerTo(
  { world, gate }: State,
  supervisor: Supervisor,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<Answer | undefined> {
  try {
    return (await supervise(world, supervisor, request)) ?? (await handle(world, gate, request, response));
  } catch (error) {
    const status = statusOf(error);
    if (status === undefined) throw error;
    return { status: status.code ?? 500, body: status };
  }
}

function send(response: ServerResponse, { status, body }: Answer): void {
  const isText = typeof body === "string";
  response.writeHead(status, { "Content-Type": isText ? "text/plain; charset=utf-8" : "application/json" });
  response.end(isText ? body : JSON.stringify(body));
}

function secureServer(authority: Authority, ca: string, address: string, more: readonly string[]): Server {
  const own = isIP(address) === 0 || address === "127.0.0.1" ? [] : [`IP:${address}`];
  const subjects = ["IP:127.0.0.1", "DNS:localhost", ...own, ...more].join(",");
  return createServer({ ...authority.issue(subjects), ca, requestCert: true, rejectUnauthorized: false });
}

async function listen(server: Server, port: number, address: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, address, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

async function close(server: Server): Promise<void> {
  if (!server.listening) return;
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  await closed;
}

function handles(
  state: State,
  supervisor: Supervisor,
  server: Server,
  place: { readonly port: number; readonly address: string },
): KubeHandles {
  const { world, faults, gate } = state;
  return {
    registerNode: async (node) => {
      registerNode(world, node);
      state.settle();
    },
    setNodeReady: async (name, isReady) => {
      setNodeReady(world, name, isReady);
      state.settle();
    },
    failNext: async (fault) => faults.plan(fault),
    clearFaults: async () => faults.clear(),
    deny: async (denials: readonly Denial[]) => {
      gate.denials = denials;
    },
    setJoinTokens: async (tokens) => {
      supervisor.joinTokens.clear();
      for (const token of tokens) supervisor.joinTokens.add(token);
    },
    stop: () => close(server),
    start: () => listen(server, place.port, place.address),
    snapshot: async () => {
      state.settle();
      return world.store.snapshot();
    },
    restore: async (snapshot) => {
      world.store.restore(snapshot);
      state.settle();
    },
    compact: async () => world.store.compact(),
  };
}
