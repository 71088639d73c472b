import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { connect, createServer, type Server } from "node:net";
import { join } from "node:path";
import type { KubeLab, KubeOptions } from "../kube/lab.ts";
import { startKube } from "../kube/start.ts";
import { k3sServerFiles } from "./k3sFiles.ts";
import { type HostsLab, type HostsOptions, type HostsSnapshot, startHosts } from "./start.ts";

export interface ClusterOptions extends HostsOptions {
  /** `v1.36.2+k3s1` when absent. */
  readonly version?: string;
  readonly kube?: Omit<KubeOptions, "address" | "port" | "subjects" | "version" | "joinTokens" | "folder">;
}

/** The two hosts with k3s on the first one. */
export interface ClusterLab extends Omit<HostsLab, "snapshot" | "restore"> {
  /** The API behind the first host's 6443: its objects, faults and nodes. */
  readonly kube: KubeLab;
  /** Reaches the API as Glaze's people do: at `glaze-prod`'s 6443 through tailscale0. */
  readonly kubeconfig: string;
  /** k3s's version on the first host. */
  readonly version: string;
  snapshot(): Promise<ClusterSnapshot>;
  restore(snapshot: ClusterSnapshot): Promise<void>;
}

export interface ClusterSnapshot {
  readonly hosts: HostsSnapshot;
  readonly objects: Awaited<ReturnType<KubeLab["snapshot"]>>;
}

export async function startCluster(options: ClusterOptions = {}): Promise<ClusterLab> {
  const version = options.version ?? "v1.36.2+k3s1";
  await using cleanup = new AsyncDisposableStack();
  const hosts = cleanup.use(
    await startHosts({ ...options, prodFiles: { ...k3sServerFiles(version), ...options.prodFiles } }),
  );
  const { prod } = hosts;
  const joinSecret = randomBytes(16).toString("hex");
  const kube = cleanup.use(
    await startKube({
      ...options.kube,
      version,
      joinTokens: [`server:${joinSecret}`],
      subjects: subjectsOf(hosts),
    }),
  );
  const share = join(hosts.folder, "share");
  const backstage = { ca: readFileSync(kube.caFile, "utf8"), token: kube.token, joinSecret };
  writeFileSync(join(share, "kube.json"), JSON.stringify(backstage), { mode: 0o600 });
  cleanup.use(await openBackstage(join(share, "kube.sock"), kube.port));
  await prod.run("systemctl", ["enable", "--now", "--quiet", "k3s"]);
  const kubeconfig = outerKubeconfig(hosts, kube);
  const owned = cleanup.move();
  return {
    ...hosts,
    kube,
    kubeconfig,
    version,
    async snapshot() {
      const [state, objects] = await Promise.all([hosts.snapshot(), kube.snapshot()]);
      return { hosts: state, objects };
    },
    async restore(snapshot) {
      await kube.restore(snapshot.objects);
      await hosts.restore(snapshot.hosts);
      // The hosts' own start registers them anew; what they wrote in passing is not of then.
      await kube.restore(snapshot.objects);
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Every name and address by which the first host's API is called. */
function subjectsOf({ prod }: HostsLab): readonly string[] {
  const addresses = [prod.publicAddress, prod.privateAddress, prod.tailscaleAddress, "10.43.0.1"];
  return [`DNS:${prod.name}`, ...addresses.flatMap((each) => (each === null ? [] : [`IP:${each}`]))];
}

/** What k3s on the first host hands its connections to: the API, here. */
async function openBackstage(path: string, port: number): Promise<AsyncDisposable> {
  const server: Server = createServer((inner) => {
    const api = connect(port, "127.0.0.1");
    for (const [from, to] of [
      [inner, api],
      [api, inner],
    ] as const) {
      from.pipe(to);
      from.on("error", () => undefined);
      from.on("close", () => to.destroy());
    }
  });
  await once(server.listen(path), "listening");
  return {
    async [Symbol.asyncDispose]() {
      server.close();
    },
  };
}

function outerKubeconfig({ folder, prod }: HostsLab, kube: KubeLab): string {
  const file = join(folder, "kubeconfig.yaml");
  const text = readFileSync(kube.kubeconfig, "utf8");
  const address = `https://${prod.tailscaleAddress ?? prod.publicAddress}:6443`;
  writeFileSync(file, text.replaceAll(kube.origin, address), { mode: 0o600 });
  return file;
}
