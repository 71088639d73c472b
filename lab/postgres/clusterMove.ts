import { connect, createServer, type Server } from "node:net";
import { DIAL_PORT } from "../../src/apply/postgres/reach.ts";
import type { KubeApi } from "../../src/kube/api.ts";
import { ask } from "../../src/kube/ask.ts";
import type { Endpoint } from "../../src/postgres/endpoint.ts";
import { PASSWORD } from "./application.ts";
import type { LabPair } from "./pair.ts";

/**
 * STANDS IN for k3s's own kubectl on a host: `exec` into a pod runs the program on the host itself, where the
 * laboratory's Postgres is. It refuses everything else.
 */
export const K3S_EXEC = {
  text: [
    "#!/bin/sh",
    '[ "$1 $2 $3 $4" = "kubectl exec -i -n" ] || { echo "not in this laboratory: $*" >&2; exit 64; }',
    'while [ "$1" != "--" ]; do shift; done; shift',
    'exec "$@"',
    "",
  ].join("\n"),
  mode: 0o755,
};

/** The cluster's half of a move: the database's Service and pods, and a Deployment that is told by a Secret. */
export async function furnish(kube: KubeApi, pair: LabPair, clusterIP = "127.0.0.1"): Promise<void> {
  const { port } = pair.source.dial;
  const labels = { app: "postgres" };
  const core = "/api/v1/namespaces/default";
  const apps = "/apis/apps/v1/namespaces/default";
  const env = [
    { name: "POSTGRES_USER", value: "keeper" },
    { name: "POSTGRES_PASSWORD", valueFrom: { secretKeyRef: { name: "postgres", key: "password" } } },
  ];
  const volumeMounts = [{ name: "data", mountPath: "/var/lib/postgresql/data" }];
  const database = { containers: [{ name: "postgres", image: "postgres:15", env, volumeMounts }] };
  const disk = {
    storageClassName: "local-path",
    accessModes: ["ReadWriteOnce"],
    resources: { requests: { storage: "10Gi" } },
  };
  const envFrom = [{ secretRef: { name: "glaze-env" } }];
  const web = { containers: [{ name: "web", image: "glaze", envFrom }] };
  const url = `postgres://glaze:${encodeURIComponent(PASSWORD.reveal())}@glaze-postgres:${port}/glaze`;
  const password = pair.source.admin.password.reveal();
  const ports = [{ port, targetPort: port }];
  for (const [path, kind, name, more] of [
    // Its address in the cluster is this machine, where nothing else leads from here to there.
    [`${core}/services`, "Service", "glaze-postgres", { spec: { clusterIP, selector: labels, ports } }],
    [
      "/apis/storage.k8s.io/v1/storageclasses",
      "StorageClass",
      "local-path",
      { provisioner: "rancher.io/local-path", volumeBindingMode: "WaitForFirstConsumer" },
    ],
    [`${core}/secrets`, "Secret", "postgres", { stringData: { password } }],
    [`${core}/secrets`, "Secret", "glaze-env", { stringData: { DATABASE_URL: url } }],
    [
      `${apps}/statefulsets`,
      "StatefulSet",
      "glaze-postgres",
      runs(labels, database, {
        serviceName: "glaze-postgres",
        volumeClaimTemplates: [{ metadata: { name: "data" }, spec: disk }],
      }),
    ],
    [`${apps}/deployments`, "Deployment", "web", runs({ app: "web" }, web)],
  ] as const) {
    const apiVersion = path.startsWith("/apis/") ? path.split("/").slice(2, 4).join("/") : "v1";
    await ask(kube, { method: "POST", path, body: { apiVersion, kind, metadata: { name }, ...more } });
  }
}

function runs(labels: Readonly<Record<string, string>>, spec: object, more: object = {}) {
  return {
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec },
      ...more,
    },
  };
}

/** What the application's Secret says. */
export async function databaseUrl(kube: KubeApi): Promise<URL> {
  const path = "/api/v1/namespaces/default/secrets/glaze-env";
  const { data } = await ask<{ readonly data: { readonly DATABASE_URL: string } }>(kube, {
    method: "GET",
    path,
  });
  return new URL(Buffer.from(data.DATABASE_URL, "base64").toString());
}

/** The application's own end: where the Secret leads, by the names the laboratory knows. */
export function endpointAt({ hostname, port, searchParams }: URL, pair: LabPair): Endpoint {
  const login = { database: "glaze", user: "glaze", password: PASSWORD, port: Number(port) };
  if (hostname === "glaze-postgres") return { ...login, host: "127.0.0.1", tls: { mode: "off" } };
  const isSecured = searchParams.get("sslmode") === "require";
  return { ...login, host: pair.target.dial.host, tls: isSecured ? pair.target.admin.tls : { mode: "off" } };
}

/** Where the application's Secret leads, asked again and again; while it cannot be asked, where it led last. */
export interface FollowedEndpoint extends Disposable {
  endpoint(): Endpoint;
}

export async function followEndpoint(
  { kube, pair }: { readonly kube: KubeApi; readonly pair: LabPair },
  everyMs = 20,
): Promise<FollowedEndpoint> {
  let url = await databaseUrl(kube);
  const watching = setInterval(async () => {
    url = await databaseUrl(kube).catch(() => url);
  }, everyMs);
  return { endpoint: () => endpointAt(url, pair), [Symbol.dispose]: () => clearInterval(watching) };
}

/**
 * STANDS IN for kube-proxy: a connection to the private address of the host reaches the source as long as a Service
 * of that port has that address, and breaks otherwise.
 */
export async function startServiceProxy(
  kube: KubeApi,
  address: string,
  pair: LabPair,
): Promise<AsyncDisposable> {
  const server: Server = createServer(async (client) => {
    client.on("error", () => undefined);
    if (!(await hasService(kube, address).catch(() => false))) {
      client.destroy();
      return;
    }
    const source = connect(pair.source.dial.port, "127.0.0.1");
    source.on("error", () => client.destroy());
    client.on("close", () => source.destroy());
    source.on("close", () => client.destroy());
    client.pipe(source);
    source.pipe(client);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(DIAL_PORT, address, resolve);
  });
  return {
    async [Symbol.asyncDispose]() {
      server.close();
    },
  };
}

async function hasService(kube: KubeApi, address: string): Promise<boolean> {
  const path = "/api/v1/namespaces/default/services";
  const { items } = await ask<{ readonly items: readonly { readonly spec: ServiceSpec }[] }>(kube, {
    method: "GET",
    path,
  });
  return items.some(
    ({ spec }) =>
      spec.externalIPs?.includes(address) === true && spec.ports.some(({ port }) => port === DIAL_PORT),
  );
}

interface ServiceSpec {
  readonly externalIPs?: readonly string[];
  readonly ports: readonly { readonly port: number }[];
}

/** A loopback address of this process alone: tests run side by side. */
export function ownAddress(): string {
  return `127.${(process.pid >> 14) & 127 || 1}.${(process.pid >> 7) & 127}.${(process.pid & 127) + 1}`;
}

/** Given as `{ file }` in place of the password and the certificate. */
export function secretsOf(pair: LabPair, password: string, ca: string) {
  const { tls } = pair.target.admin;
  const known: Readonly<Record<string, string>> = {
    [password]: pair.target.admin.password.reveal(),
    [ca]: tls.ca ?? "",
  };
  return (name: string): string => known[name] ?? "";
}
