import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { type ApiAccess, ask } from "./api.ts";
import { fatal, log } from "./fatal.ts";
import { nodeAddress } from "./interfaces.ts";
import { forward, listenForKubelet } from "./listen.ts";
import { register, syncOverlay } from "./node.ts";
import { hasPod, startPod, untilPodAnswers } from "./pods.ts";
import { hasServices, syncServices, writeFlannel, writeHostPorts } from "./rules.ts";
import { readSettings, type Settings } from "./settings.ts";
import { hashOf } from "./token.ts";

const DATA = "/var/lib/rancher/k3s/server";

/** What the laboratory hands to its one server: the API that answers behind it. */
interface Backstage {
  readonly ca: string;
  readonly token: string;
  readonly joinSecret: string;
}

/** Serves until SIGTERM. The pods go on without it. */
export async function serve(args: readonly string[], version: string): Promise<void> {
  const settings = readSettings("server", args);
  const { ca, token, joinSecret } = JSON.parse(
    readFileSync("/run/outgrow-lab/kube.json", "utf8"),
  ) as Backstage;
  nodeAddress(settings);
  writeState(settings, ca, token, joinSecret);
  const address = settings.first("bind-address") ?? "0.0.0.0";
  const port = Number(settings.first("https-listen-port") ?? 6443);
  const close = await forward(address, port, "/run/outgrow-lab/kube.sock").catch((error: Error) =>
    fatal(`failed to listen on ${address}:${port}: ${error.message}`),
  );
  process.once("SIGTERM", () => {
    close();
    process.exit(0);
  });
  const local = { address: `127.0.0.1:${port}`, ca };
  await register({ ...local, token: `server:${joinSecret}` }, "server", version, settings);
  await listenForKubelet(address);
  const access: ApiAccess = { ...local, token };
  await startNetwork(access, settings);
  if (process.env.NOTIFY_SOCKET !== undefined) execFileSync("systemd-notify", ["--ready"]);
  log("info", "k3s is up and running");
  await lookAfter(access, settings);
}

async function startNetwork(access: ApiAccess, settings: Settings): Promise<void> {
  const subnet = await syncOverlay(access, settings);
  const isFirst = !hasPod();
  startPod(subnet);
  writeFlannel();
  syncServices(nodeAddress(settings).address);
  // The portmap plugin runs when a pod starts, not when k3s does.
  if (isFirst) writeHostPorts(`10.42.${subnet}.10`);
  await untilPodAnswers();
}

/** ServiceLB's pods by their identity: a new one is a start, and its ports are mapped again. */
async function balancerPods(access: ApiAccess): Promise<string> {
  const { body } = await ask(access, "GET", "/api/v1/namespaces/kube-system/pods");
  const { items = [] } = JSON.parse(body) as {
    readonly items?: readonly { readonly metadata: { readonly name: string; readonly uid: string } }[];
  };
  const pods = items.filter(({ metadata }) => metadata.name.startsWith("svclb-"));
  return pods
    .map(({ metadata }) => metadata.uid)
    .sort()
    .join();
}

/** New nodes get their way; kube-proxy puts its chains back, and nobody anything else. */
async function lookAfter(access: ApiAccess, settings: Settings): Promise<never> {
  let balancers = await balancerPods(access).catch(() => null);
  for (let round = 0; ; round++) {
    await sleep(500);
    try {
      const subnet = await syncOverlay(access, settings);
      const now = await balancerPods(access);
      if (balancers !== null && now !== balancers && now !== "") writeHostPorts(`10.42.${subnet}.10`);
      balancers = now;
      if (round % 20 === 0 && !hasServices()) syncServices(nodeAddress(settings).address);
    } catch (error) {
      log("error", (error as Error).message);
    }
  }
}

/** What k3s leaves on the disk: token, kubeconfig, a real SQLite with kine's table. */
function writeState(settings: Settings, ca: string, token: string, joinSecret: string): void {
  mkdirSync(`${DATA}/db`, { recursive: true, mode: 0o700 });
  mkdirSync(`${DATA}/tls`, { recursive: true });
  writeFileSync(`${DATA}/tls/server-ca.crt`, ca);
  const full = `K10${hashOf(ca)}::server:${joinSecret}\n`;
  for (const name of ["token", "node-token"]) writeFileSync(`${DATA}/${name}`, full, { mode: 0o600 });
  using database = new DatabaseSync(`${DATA}/db/state.db`);
  database.exec(`PRAGMA journal_mode = WAL;
    CREATE TABLE IF NOT EXISTS kine (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT, value BLOB)`);
  const count = database.prepare("SELECT count(*) AS n FROM kine").get() as { readonly n: number };
  if (count.n === 0) database.exec("INSERT INTO kine (name, value) VALUES ('/bootstrap/lab', x'00')");
  const file = settings.first("write-kubeconfig") ?? "/etc/rancher/k3s/k3s.yaml";
  writeFileSync(file, kubeconfig(ca, token, settings.first("https-listen-port") ?? "6443"));
  chmodSync(file, Number.parseInt(settings.first("write-kubeconfig-mode") ?? "600", 8));
}

function kubeconfig(ca: string, token: string, port: string): string {
  const cluster = {
    server: `https://127.0.0.1:${port}`,
    "certificate-authority-data": Buffer.from(ca).toString("base64"),
  };
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "default", cluster }],
    users: [{ name: "default", user: { token } }],
    contexts: [{ name: "default", context: { cluster: "default", user: "default" } }],
    "current-context": "default",
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}
