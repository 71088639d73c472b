import { ask, find } from "../../kube/ask.ts";
import { OutgrowError } from "../../model/error.ts";
import { Secret } from "../../model/secret.ts";
import type { ParamsOf } from "../../model/step.ts";
import type { SecretKey } from "../../model/steps/postgres-move.ts";
import type { Endpoint, TlsSettings } from "../../postgres/endpoint.ts";
import type { MoveOrder, Side } from "../../postgres/move/order.ts";
import { serverPrograms } from "../../postgres/shell.ts";
import type { World } from "../world.ts";

/** What of a world the two servers are reached by. */
export type ReachWorld = Pick<World, "kube" | "host" | "secret">;

/** The two servers as they are reached now: both through the host of the k3s server. */
export interface Reach extends AsyncDisposable {
  readonly source: Side;
  readonly target: Side;
  readonly shell: MoveOrder["shell"];
}

type Servers = Pick<ParamsOf<"postgres-move">, "source" | "target">;

/** Where the target dials the source: a port of the host's private address that is open during the move only. */
export const DIAL_PORT = 25432;

/** Opens no database yet. Throws `not-found` when no pod of the source serves. */
export async function openReach({ source, target }: Servers, world: ReachWorld): Promise<Reach> {
  await using kept = new AsyncDisposableStack();
  const session = await world.host(source.host);
  const pod = await servingPod(source, world);
  const near = kept.use(await session.forward(pod.address, pod.addressPort));
  const { admin } = kept.use(await openTargetReach({ source, target }, world));
  const { namespace } = source.service;
  const inPod = ["k3s", "kubectl", "exec", "-i", "-n", namespace, pod.name, "-c", source.container, "--"];
  const user = typeof source.user === "string" ? source.user : (await secretAt(source.user, world)).reveal();
  const password =
    "secret" in source.password ? await secretAt(source.password, world) : world.secret(source.password);
  const local = { host: near.host, port: near.port, database: "postgres", tls: { mode: "off" } } as const;
  const moved = kept.move();
  return {
    source: {
      admin: { ...local, user, password },
      dial: { host: source.privateAddress, port: DIAL_PORT, tls: "off" },
      programs: serverPrograms(inPod, { host: "127.0.0.1", port: pod.podPort }),
    },
    target: {
      admin,
      dial: { host: target.host, port: target.port, tls: target.tls === "off" ? "off" : "require" },
      programs: serverPrograms(inPod, { host: target.host, port: target.port }),
    },
    shell: (command) => session.run(command),
    [Symbol.asyncDispose]: () => moved.disposeAsync(),
  };
}

/** The new server alone: the way to it does not depend on the old one's pod, only on its host. */
export async function openTargetReach(
  { source, target }: Servers,
  world: ReachWorld,
): Promise<{ readonly admin: Endpoint } & AsyncDisposable> {
  await using kept = new AsyncDisposableStack();
  const session = await world.host(source.host);
  const far = kept.use(await session.forward(target.host, target.port));
  const outside = { host: far.host, port: far.port, database: target.database, user: target.user };
  const admin = { ...outside, password: world.secret(target.password), tls: tlsOf(target, world) };
  const moved = kept.move();
  return { admin, [Symbol.asyncDispose]: () => moved.disposeAsync() };
}

/** The certificate names the server, not the tunnel to it. */
function tlsOf({ tls, ca, host }: Servers["target"], world: ReachWorld): TlsSettings {
  if (tls !== "verify") return { mode: tls };
  return { mode: tls, name: host, ...(ca === null ? {} : { ca: world.secret({ file: ca }).reveal() }) };
}

/** A running pod of the Service, and how the Service is reached from its host. */
export interface ServingPod {
  readonly name: string;
  readonly address: string;
  readonly addressPort: number;
  /** Its own, and the port inside. */
  readonly podAddress: string;
  readonly podPort: number;
  readonly selector: Readonly<Record<string, string>>;
  readonly targetPort: number | string;
  /** The claims of its volumes, in its namespace. */
  readonly claims: readonly string[];
}

interface Service {
  readonly spec: {
    readonly clusterIP?: string;
    readonly selector?: Readonly<Record<string, string>>;
    readonly ports: readonly { readonly port: number; readonly targetPort?: number | string }[];
  };
}

interface Pod {
  readonly metadata: { readonly name: string; readonly deletionTimestamp?: string };
  readonly spec: {
    readonly containers: readonly {
      readonly name: string;
      readonly ports?: readonly { readonly name?: string; readonly containerPort: number }[];
    }[];
    readonly volumes?: readonly { readonly persistentVolumeClaim?: { readonly claimName: string } }[];
  };
  readonly status?: {
    readonly podIP?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}

export async function servingPod(
  { service, port, container }: Servers["source"],
  { kube }: Pick<World, "kube">,
): Promise<ServingPod> {
  const base = `/api/v1/namespaces/${service.namespace}`;
  const { spec } = await ask<Service>(kube, { method: "GET", path: `${base}/services/${service.name}` });
  const selector = spec.selector ?? {};
  const labels = Object.entries(selector).map(([key, value]) => `${key}=${value}`);
  const path = `${base}/pods?labelSelector=${encodeURIComponent(labels.join(","))}`;
  const { items } = await ask<{ readonly items: readonly Pod[] }>(kube, { method: "GET", path });
  const pod = labels.length === 0 ? undefined : items.find(isServing);
  if (pod === undefined) throw nobodyServes(service);
  const targetPort = spec.ports.find((each) => each.port === port)?.targetPort ?? port;
  const podPort = numberOf(targetPort, pod, container) ?? port;
  const isHeadless = spec.clusterIP === undefined || spec.clusterIP === "None";
  const podIp = pod.status?.podIP ?? "";
  return {
    name: pod.metadata.name,
    address: isHeadless ? podIp : (spec.clusterIP ?? podIp),
    addressPort: isHeadless ? podPort : port,
    podAddress: podIp,
    podPort,
    selector,
    targetPort,
    claims: (pod.spec.volumes ?? []).flatMap((each) => each.persistentVolumeClaim?.claimName ?? []),
  };
}

function isServing({ metadata, status }: Pod): boolean {
  const isReady = status?.conditions?.some((each) => each.type === "Ready" && each.status === "True");
  return isReady === true && metadata.deletionTimestamp === undefined;
}

function numberOf(port: number | string, { spec }: Pod, container: string): number | undefined {
  if (typeof port === "number") return port;
  const ports = spec.containers.find(({ name }) => name === container)?.ports ?? [];
  return ports.find(({ name }) => name === port)?.containerPort;
}

async function secretAt({ secret, key }: SecretKey, { kube }: ReachWorld): Promise<Secret> {
  const path = `/api/v1/namespaces/${secret.namespace}/secrets/${secret.name}`;
  const object = await find<{ readonly data?: Readonly<Record<string, string>> }>(kube, path);
  const value = object?.data?.[key];
  if (value !== undefined) return new Secret(Buffer.from(value, "base64").toString());
  throw new OutgrowError("not-found", `Secret ${secret.namespace}/${secret.name} has no key ${key}.`, {
    hint: "Say it in outgrow.yaml: postgres: { user: postgres, password: { env: POSTGRES_PASSWORD } }.",
  });
}

function nobodyServes({ namespace, name }: Servers["source"]["service"]): OutgrowError {
  return new OutgrowError("not-found", `No pod behind the Service ${namespace}/${name} is ready.`, {
    hint: `See why: kubectl -n ${namespace} get pods. The old database must run until the move is given up or finished.`,
  });
}
