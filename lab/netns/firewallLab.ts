import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { waitFor } from "../waitFor.ts";
import { connect, createNamespace, type Namespace } from "./namespace.ts";
import type { Order, OrderedPacket } from "./sender.ts";

/** A packet to a firewall, and how it comes. */
export interface LabFlow {
  readonly device: "eth0" | "eth1";
  readonly protocol: "tcp" | "udp";
  readonly source: string;
  readonly destination: string;
  readonly destinationPort: number;
  /** UDP only: the host has sent from there before, so this is an answer. */
  readonly isAnswer: boolean;
}

/**
 * Three namespaces: a peer, a host with the firewall under test, and a pod behind it.
 * The host is reached on two devices; a last chain of its own counts what gets through.
 */
export interface FirewallLab extends AsyncDisposable {
  /** Loads a ruleset beside the counters, sends every flow's packet, and says which got through. */
  probe(ruleset: string, flows: readonly LabFlow[]): Promise<LabAnswer>;
}

export interface LabAnswer {
  /** `nft -j list ruleset`, without the laboratory's own table. */
  readonly json: unknown;
  readonly arrived: readonly boolean[];
}

export const HOST = { eth0: ["203.0.113.2", "2001:db8::2"], eth1: ["10.116.0.2", "fd00:116::2"] } as const;
export const POD = ["10.42.0.7", "fd00:42::7"] as const;
export const PEERS = {
  eth0: ["203.0.113.7", "203.0.113.66", "2001:db8::7"],
  eth1: ["10.116.0.3", "10.116.0.77", "fd00:116::3"],
} as const;

const OBSERVER = "outgrow_lab_observer";

/** The kernel tracks connections only while some rule asks for it. */
const TRACKING = `flush ruleset
table inet ${OBSERVER} {
  chain tracking {
    type filter hook output priority 0;
    ct state new counter
  }
}
`;

export async function startFirewallLab(): Promise<FirewallLab> {
  const [peer, host, pod] = [createNamespace("peer"), createNamespace("host"), createNamespace("pod")];
  wire(peer, host, pod);
  const senders = { peer: startSender(peer), host: startSender(host) };
  let nextPort = 20_000;
  return {
    async probe(ruleset, flows) {
      const first = nextPort;
      nextPort = first + flows.length > 60_000 ? 20_000 : first + flows.length;
      const packets = flows.map((flow, index) => packetOf(flow, first + index));
      host.run("nft", ["-f", "-"], TRACKING);
      await senders.host.send(
        flows.flatMap((flow, index) => (flow.isAnswer ? [reversed(packets[index] as OrderedPacket)] : [])),
      );
      host.run("nft", ["-f", "-"], `flush ruleset\n${ruleset}\n${observerTable(packets)}`);
      await senders.peer.send(packets);
      const arrived = await waitFor("the packets", () => counted(host, packets), 5_000);
      return { json: withoutObserver(host.run("nft", ["-j", "list", "ruleset"])), arrived };
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([senders.peer.stop(), senders.host.stop()]);
      for (const namespace of [peer, host, pod]) namespace[Symbol.dispose]();
    },
  };
}

function wire(peer: Namespace, host: Namespace, pod: Namespace): void {
  const width = (address: string) => `${address}/${address.includes(":") ? 64 : 24}`;
  for (const device of ["eth0", "eth1"] as const) {
    connect(
      { namespace: peer, device, addresses: PEERS[device].map(width) },
      { namespace: host, device, addresses: HOST[device].map(width) },
    );
  }
  connect(
    { namespace: host, device: "cni0", addresses: ["10.42.0.1/24", "fd00:42::1/64"] },
    { namespace: pod, device: "eth0", addresses: POD.map(width) },
  );
  for (const family of ["ipv4.ip_forward", "ipv6.conf.all.forwarding"])
    host.run("sysctl", ["-qw", `net.${family}=1`]);
  pod.run("ip", ["route", "add", "default", "via", "10.42.0.1"]);
  pod.run("ip", ["-6", "route", "add", "default", "via", "fd00:42::1"]);
  peer.run("ip", ["route", "add", "10.42.0.0/24", "via", HOST.eth1[0]]);
  peer.run("ip", ["-6", "route", "add", "fd00:42::/64", "via", HOST.eth1[1]]);
  // A source on the other device is no reason to drop: the rules under test decide alone.
  for (const device of ["all", "eth0", "eth1"])
    host.run("sysctl", ["-qw", `net.ipv4.conf.${device}.rp_filter=0`]);
  warmUp(peer, host, pod);
}

/** Neighbours are known before rules can get in the way of asking. */
function warmUp(peer: Namespace, host: Namespace, pod: Namespace): void {
  const mac = (namespace: Namespace, device: string) =>
    namespace.run("cat", [`/sys/class/net/${device}/address`]).trim();
  const know = (namespace: Namespace, device: string, addresses: readonly string[], address: string) => {
    for (const each of addresses) {
      namespace.run("ip", ["neigh", "replace", each, "lladdr", address, "dev", device, "nud", "permanent"]);
    }
  };
  for (const device of ["eth0", "eth1"] as const) {
    know(peer, device, HOST[device], mac(host, device));
    know(host, device, PEERS[device], mac(peer, device));
  }
  know(host, "cni0", POD, mac(pod, "eth0"));
  know(pod, "eth0", ["10.42.0.1", "fd00:42::1"], mac(host, "cni0"));
}

function packetOf(flow: LabFlow, sourcePort: number): OrderedPacket {
  const { protocol, source, destination, destinationPort } = flow;
  return { protocol, source, sourcePort, destination, destinationPort };
}

function reversed({
  protocol,
  source,
  sourcePort,
  destination,
  destinationPort,
}: OrderedPacket): OrderedPacket {
  return {
    protocol,
    source: destination,
    sourcePort: destinationPort,
    destination: source,
    destinationPort: sourcePort,
  };
}

/** Before everything it counts who came, after everything who got through; both by source port. */
function observerTable(packets: readonly OrderedPacket[]): string {
  const rules = (prefix: string) =>
    packets
      .map(
        ({ protocol, sourcePort }) =>
          `    ${protocol} sport ${sourcePort} counter comment "${prefix}${sourcePort}"`,
      )
      .join("\n");
  const chain = (name: string, hook: string, priority: number, prefix: string) =>
    `  chain ${name} {\n    type filter hook ${hook} priority ${priority};\n${rules(prefix)}\n  }`;
  return [
    `table inet ${OBSERVER} {`,
    chain("came", "prerouting", -2_000_000_000, "came"),
    chain("input", "input", 2_000_000_000, "through"),
    chain("postrouting", "postrouting", 2_000_000_000, "through"),
    "}",
  ].join("\n");
}

/** `undefined` as long as a packet is still on its way. */
function counted(host: Namespace, packets: readonly OrderedPacket[]): readonly boolean[] | undefined {
  const { nftables } = JSON.parse(host.run("nft", ["-j", "list", "table", "inet", OBSERVER])) as Listing;
  const seen = new Set(
    nftables.flatMap(({ rule }) =>
      rule?.expr.some(({ counter }) => (counter?.packets ?? 0) > 0) ? [rule.comment] : [],
    ),
  );
  if (packets.some(({ sourcePort }) => !seen.has(`came${sourcePort}`))) return undefined;
  return packets.map(({ sourcePort }) => seen.has(`through${sourcePort}`));
}

interface Listing {
  readonly nftables: readonly {
    readonly rule?: {
      readonly comment: string;
      readonly expr: readonly { readonly counter?: { readonly packets: number } }[];
    };
  }[];
}

function withoutObserver(text: string): unknown {
  const { nftables } = JSON.parse(text) as {
    readonly nftables: readonly Record<string, { table?: string; name?: string }>[];
  };
  return {
    nftables: nftables.filter((entry) =>
      Object.entries(entry).every(
        ([kind, { table, name }]) => (kind === "table" ? name : table) !== OBSERVER,
      ),
    ),
  };
}

function startSender(namespace: Namespace): {
  send(packets: readonly OrderedPacket[]): Promise<void>;
  stop(): Promise<void>;
} {
  const { command, args } = namespace.inside(process.execPath, [
    fileURLToPath(new URL("sender.ts", import.meta.url)),
  ]);
  const child: ChildProcess = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] });
  const replies = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  const death = once(child, "exit").then(() => Promise.reject(new Error("The sender has ended.")));
  death.catch(() => undefined);
  return {
    async send(packets) {
      if (packets.length === 0) return;
      const done = once(replies, "line");
      child.stdin?.write(`${JSON.stringify({ packets } satisfies Order)}\n`);
      await Promise.race([done, death]);
    },
    async stop() {
      const ended = once(child, "exit");
      child.stdin?.end();
      await ended;
    },
  };
}
