import { setTimeout as sleep } from "node:timers/promises";
import { DIAL_PORT } from "../../src/apply/postgres/reach.ts";
import type { KubeApi } from "../../src/kube/api.ts";
import { ask } from "../../src/kube/ask.ts";
import { connect, createNamespace, type Namespace } from "../netns/namespace.ts";
import { startProcess } from "../process.ts";

/** A host with a firewall, a pod behind it, and what else is in the private network: three network namespaces. */
export interface WalledNetwork extends Disposable {
  readonly host: Namespace;
  readonly pod: Namespace;
  /** The new server is here, at `WALLED.target`, and somebody who is nobody, at `WALLED.stranger`. */
  readonly beyond: Namespace;
}

export const WALLED = { host: "10.116.0.2", target: "10.116.0.3", stranger: "10.116.0.77" } as const;

/** From these the cluster gives its first pods theirs. */
const POD_ADDRESSES = [2, 3, 4, 5, 6].map((last) => `10.42.0.${last}/24`);

export function createWalledNetwork(): WalledNetwork {
  using made = new DisposableStack();
  const [host, pod, beyond] = ["host", "pod", "beyond"].map((role) => made.use(createNamespace(role)));
  if (host === undefined || pod === undefined || beyond === undefined) throw new Error("three were made");
  connect(
    { namespace: beyond, device: "eth0", addresses: [`${WALLED.target}/24`, `${WALLED.stranger}/24`] },
    { namespace: host, device: "eth1", addresses: [`${WALLED.host}/24`] },
  );
  connect(
    { namespace: host, device: "cni0", addresses: ["10.42.0.1/24"] },
    { namespace: pod, device: "eth0", addresses: POD_ADDRESSES },
  );
  host.run("sysctl", ["-qw", "net.ipv4.ip_forward=1"]);
  pod.run("ip", ["route", "add", "default", "via", "10.42.0.1"]);
  const moved = made.move();
  return { host, pod, beyond, [Symbol.dispose]: () => moved.dispose() };
}

/** Where its rules stand, as people have it: everything is dropped that is not said to come in, what goes on to pods too. */
export const WALL_FILE = "/etc/nftables.conf";
export const WALL = `#!/usr/sbin/nft -f

table inet filter
delete table inet filter
table inet filter {
	chain input {
		type filter hook input priority filter; policy drop;
		ct state established,related accept
		iifname { "lo", "cni0" } accept
		tcp dport { 80, 443 } accept
	}
	chain forward {
		type filter hook forward priority filter; policy drop;
		ct state established,related accept
		iifname "cni0" accept
	}
}
`;

/** flannel's: pods reach the world behind their host's address. */
export const POD_MASQUERADE = `table ip flannel {
	chain POSTROUTING {
		type nat hook postrouting priority srcnat + 5; policy accept;
		ip saddr 10.42.0.0/16 ip daddr != 10.42.0.0/16 masquerade
	}
}
`;

/** Whatever brings what is sent to the external address of a Service to its pod. */
export interface KubeProxyStandIn extends AsyncDisposable {
  /** Has returned when its rules are those of the Services as they are now. */
  sync(): Promise<void>;
}

const RELAY = `const { connect, createServer } = require("node:net");
const [host, port, podHost, podPort] = process.argv.slice(1);
createServer((client) => {
  const pod = connect(podPort, podHost);
  for (const each of [client, pod]) each.on("error", () => undefined).on("close", () => { client.destroy(); pod.destroy(); });
  client.pipe(pod).pipe(client);
}).listen(port, host, () => console.log("listening"));`;

/**
 * STANDS IN for a kube-proxy that writes no rules of nft (IPVS, eBPF): a program at the door's port of the host, so that what comes
 * there meets the input chains. It listens whether there is a Service or not.
 */
export async function startRelay(
  { host }: WalledNetwork,
  pod: { readonly address: string; readonly port: number },
): Promise<KubeProxyStandIn> {
  const words = ["-e", RELAY, WALLED.host, String(DIAL_PORT), pod.address, String(pod.port)];
  const relay = await startProcess({
    ...host.inside(process.execPath, words),
    ready: (said) => said.includes("listening"),
  });
  return { sync: async () => undefined, [Symbol.asyncDispose]: () => relay[Symbol.asyncDispose]() };
}

const EVERY_MS = 50;

/**
 * STANDS IN for kube-proxy in its iptables mode, with real rules: what comes to the external address of a Service is
 * turned to its first pod before routing, so that it meets the forward chains and never an input chain.
 */
export async function startKubeProxy(kube: KubeApi, host: Namespace): Promise<KubeProxyStandIn> {
  let last = "";
  let turn: Promise<void> = Promise.resolve();
  let isOver = false;
  const load = async () => {
    const rules = rulesFor(await openServices(kube));
    if (rules !== last && !isOver) host.run("nft", ["-f", "-"], rules);
    last = rules;
  };
  const sync = () => {
    turn = turn.catch(() => undefined).then(load);
    return turn;
  };
  await sync();
  const looping = (async () => {
    while (!isOver) {
      await sync().catch(() => undefined);
      await sleep(EVERY_MS);
    }
  })();
  return {
    sync,
    async [Symbol.asyncDispose]() {
      isOver = true;
      await looping;
      host.run("nft", ["delete", "table", "ip", "nat"]);
    },
  };
}

interface OpenService {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly pod: string;
}

interface Listed<T> {
  readonly items: readonly (T & { readonly metadata: { readonly name: string } })[];
}

async function openServices(kube: KubeApi): Promise<readonly OpenService[]> {
  const list = <T>(path: string) => ask<Listed<T>>(kube, { method: "GET", path });
  const services = await list<{
    readonly spec: { readonly externalIPs?: readonly string[]; readonly ports: readonly { port: number }[] };
  }>("/api/v1/namespaces/default/services");
  const slices = await list<{
    readonly endpoints: readonly { readonly addresses: readonly string[] }[];
    readonly ports: readonly { readonly port: number }[];
  }>("/apis/discovery.k8s.io/v1/namespaces/default/endpointslices");
  return services.items.flatMap(({ metadata: { name }, spec }) => {
    const slice = slices.items.find((each) => each.metadata.name.startsWith(`${name}-`));
    const [address, port] = [slice?.endpoints[0]?.addresses[0], slice?.ports[0]?.port];
    if (address === undefined || port === undefined) return [];
    const pod = `${address}:${port}`;
    return (spec.externalIPs ?? []).map((each) => ({
      name,
      address: each,
      port: spec.ports[0]?.port ?? 0,
      pod,
    }));
  });
}

/** As k3s has them, without its counters and marks. The API's own Service is always there. */
function rulesFor(services: readonly OpenService[]): string {
  const chain = ({ name, pod }: OpenService) =>
    `  chain KUBE-SVC-${name.toUpperCase()} { meta l4proto tcp dnat to ${pod}; }`;
  const jump = ({ name, address, port }: OpenService) =>
    `    ip daddr ${address} tcp dport ${port} jump KUBE-SVC-${name.toUpperCase()}`;
  return [
    "table ip nat",
    "delete table ip nat",
    "table ip nat {",
    "  chain KUBE-SVC-KUBERNETES { meta l4proto tcp dnat to 10.116.0.2:6443; }",
    ...services.map(chain),
    "  chain KUBE-SERVICES {",
    "    ip daddr 10.43.0.1 tcp dport 443 jump KUBE-SVC-KUBERNETES",
    ...services.map(jump),
    "  }",
    "  chain PREROUTING { type nat hook prerouting priority dstnat; policy accept; jump KUBE-SERVICES; }",
    "  chain POSTROUTING {",
    "    type nat hook postrouting priority srcnat; policy accept;",
    "    ct status dnat masquerade",
    "  }",
    "}",
    "",
  ].join("\n");
}
