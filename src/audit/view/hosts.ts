import type { HostAddress, HostFacts } from "../../model/hostFacts.ts";
import type { AuditContext } from "../context.ts";
import { type Address, addressText, blockOf, parseAddress } from "../firewall/address.ts";
import { isPrivate } from "./ranges.ts";

/** A host as the checks see it: with its role, its two networks and the hosts beside it. */
export interface HostView {
  /** As in `outgrow.yaml`. */
  readonly name: string;
  readonly role: "server" | "agent";
  readonly facts: HostFacts;
  readonly privateAddress: HostAddress | null;
  readonly publicAddress: HostAddress | null;
  /** The other hosts on the private network; one that does not exist yet stands as its neighbour. */
  readonly peers: readonly Peer[];
}

export interface Peer {
  readonly host: string;
  /** `glaze-worker-1 (10.116.0.3)` */
  readonly name: string;
  readonly address: string;
}

export function viewHosts(context: AuditContext): readonly HostView[] {
  const { facts, intent } = context;
  const hosts = Object.entries(facts.hosts).map(([name, host]) => {
    const intended = intent.hosts.find((each) => each.name === name);
    return {
      name,
      role: host.k3s?.role ?? intended?.role ?? ("server" as const),
      facts: host,
      privateAddress: privateAddressOf(host, intended?.privateAddress ?? dropletAddress(name, context)),
      publicAddress: publicAddressOf(host),
    };
  });
  return hosts.map((host) => ({ ...host, peers: peersOf(host, hosts, context) }));
}

export function serversOf(context: AuditContext): readonly HostView[] {
  return viewHosts(context).filter(({ role }) => role === "server");
}

/** The hosts to come that nobody has read yet. */
export function unbuiltHosts({ facts, intent }: AuditContext): readonly string[] {
  return intent.newHosts.filter((name) => !(name in facts.hosts));
}

/** Interfaces of k3s and of Tailscale: they lead to pods and people, not to the other host. */
export function isOverlay(device: string): boolean {
  return /^(lo|cni0|flannel|veth|tailscale|docker|kube-|wg)/.test(device);
}

type Alone = Omit<HostView, "peers">;

function peersOf(own: Alone, hosts: readonly Alone[], context: AuditContext): readonly Peer[] {
  const others = hosts.filter(({ name }) => name !== own.name);
  const read = others.flatMap(({ name, privateAddress }) =>
    privateAddress === null ? [] : [peerOf(name, privateAddress.address)],
  );
  const said = context.intent.hosts.flatMap(({ name, privateAddress }) =>
    privateAddress === null || name === own.name || others.some((host) => host.name === name)
      ? []
      : [peerOf(name, privateAddress)],
  );
  const known = [...read, ...said];
  for (const name of unbuiltHosts(context)) {
    const address = neighbourOf(own.privateAddress, known);
    if (address !== null && said.every((peer) => peer.host !== name)) {
      known.push(peerOf(name, address));
    }
  }
  return known;
}

function dropletAddress(name: string, { facts }: AuditContext): string | null {
  return facts.cloud?.droplets.find((droplet) => droplet.name === name)?.privateAddress ?? null;
}

function privateAddressOf({ addresses, routes }: HostFacts, known: string | null): HostAddress | null {
  if (known !== null) return addresses.find(({ address }) => address === known) ?? null;
  const candidates = addresses.filter(
    ({ address, interface: device }) => isPrivate(address) && !isOverlay(device),
  );
  // DigitalOcean puts a 10.x "anchor" address beside the public one; no other host is behind it.
  const isAnchor = ({ interface: device }: HostAddress) =>
    addresses.some((each) => each.interface === device && isPublic(each.address));
  const outside = outsideInterface(routes);
  const real = candidates.filter((each) => !isAnchor(each));
  return real.find((each) => each.interface !== outside) ?? real[0] ?? null;
}

function publicAddressOf({ addresses, routes }: HostFacts): HostAddress | null {
  const candidates = addresses.filter(
    ({ address, interface: device }) => isPublic(address) && !isOverlay(device),
  );
  const outside = outsideInterface(routes);
  return candidates.find((each) => each.interface === outside) ?? candidates[0] ?? null;
}

function outsideInterface(routes: HostFacts["routes"]): string | null {
  return (
    routes.find(({ destination, table }) => destination === "default" && table === "main")?.interface ?? null
  );
}

function isPublic(address: string): boolean {
  return parseAddress(address)?.family === "ip" && !isPrivate(address);
}

function peerOf(name: string, address: string): Peer {
  return { host: name, name: `${name} (${address})`, address };
}

/** An address of the private network that nobody has: where a new host may come to stand. */
function neighbourOf(own: HostAddress | null, taken: readonly Peer[]): string | null {
  const block = own === null ? null : blockOf(own.address, own.prefixLength);
  const mine: Address | null = own === null ? null : parseAddress(own.address);
  if (block === null || mine === null || block.family !== "ip") return null;
  for (let bits = mine.bits + 1n; bits < block.last; bits++) {
    const address = addressText({ family: "ip", bits });
    if (taken.every((peer) => peer.address !== address)) return address;
  }
  return null;
}
