import type { HostAddress, HostFacts } from "../../model/hostFacts.ts";
import { type Address, parseAddress } from "../firewall/address.ts";
import { type FlowVerdict, judgeDeparture, judgeFlow } from "../firewall/flow.ts";
import type { Packet, Route } from "../firewall/packet.ts";
import {
  type Chain,
  isObject,
  ownedByIptables,
  type Rule,
  type Ruleset,
  readRuleset,
} from "../firewall/ruleset.ts";
import { ruleText } from "../firewall/text.ts";
import { type Port, STRANGER } from "./cloudFirewall.ts";
import type { HostView, Peer } from "./hosts.ts";

/** The verdict on a packet that comes from a peer over the private network; `null` when the ruleset was not read. */
export function fromPeer(host: HostView, peer: Peer, port: Port): FlowVerdict | null {
  return host.privateAddress === null ? null : judgeArrival(host, host.privateAddress, peer.address, port);
}

/** The same from anywhere. */
export function fromInternet(host: HostView, port: Port): FlowVerdict | null {
  return host.publicAddress === null ? null : judgeArrival(host, host.publicAddress, STRANGER, port);
}

/** The verdict on a packet that the host itself sends to a peer: the first of a connection, or an answer. */
export function toPeer(
  host: HostView,
  peer: Peer,
  { protocol, port }: Port,
  isAnswer = false,
): FlowVerdict | null {
  const ruleset = judgedRuleset(host.facts);
  const own = host.privateAddress;
  if (ruleset === null || own === null) return null;
  const packet = packetOf({ device: "", from: own.address, to: peer.address, protocol, port });
  if (packet === null) return null;
  const answer = {
    sourcePort: port,
    destinationPort: EPHEMERAL_PORT,
    connection: "established",
  } as const;
  return judgeDeparture(ruleset, { ...packet, ...(isAnswer ? answer : {}) }, own.interface);
}

const EPHEMERAL_PORT = 40_000;

/**
 * The host's ruleset, if the kernel's whole word was read: rules of the legacy iptables are not
 * in what nft lists, so that nothing can be said then.
 */
export function rulesetOf({ nftables, iptables }: HostFacts): Ruleset | null {
  return iptables?.backend === "legacy" ? null : readRuleset(nftables?.ruleset);
}

/**
 * The same as far as it is judged: kube-proxy's, kube-router's and the CNI's own chains let
 * Kubernetes' own traffic pass, and are written with iptables' extensions that nft does not show.
 * What stands around them is the user's.
 */
export function judgedRuleset(facts: HostFacts): Ruleset | null {
  const ruleset = rulesetOf(facts);
  if (ruleset === null) return null;
  const judged = (chain: Chain): Chain =>
    ownedByIptables(chain) ? { ...chain, rules: isKubernetes(chain.name) ? [] : usersRules(chain) } : chain;
  return {
    ...ruleset,
    chains: ruleset.chains.map(judged),
    chain: (table, name) => {
      const chain = ruleset.chain(table, name);
      return chain === undefined ? undefined : judged(chain);
    },
  };
}

function isKubernetes(chain: string): boolean {
  return /^(KUBE|CNI)-/.test(chain);
}

function usersRules({ rules }: Chain): readonly Rule[] {
  const leads = (expression: unknown) =>
    isObject(expression) && isObject(expression.jump) && isKubernetes(String(expression.jump.target));
  return rules.filter(({ expressions }) => !expressions.some(leads));
}

function judgeArrival(
  { facts }: HostView,
  to: HostAddress,
  from: string,
  { protocol, port }: Port,
): FlowVerdict | null {
  const ruleset = judgedRuleset(facts);
  const packet = packetOf({ device: to.interface, from, to: to.address, protocol, port });
  return ruleset === null || packet === null ? null : judgeFlow(ruleset, packet, routeOf(facts));
}

/** The first packet of a new connection; `null` when an address is none. */
export function packetOf(flow: {
  readonly device: string;
  readonly from: string;
  readonly to: string;
  readonly protocol: Port["protocol"];
  readonly port: number;
}): Packet | null {
  const [source, destination] = [parseAddress(flow.from), parseAddress(flow.to)];
  if (source === null || destination === null) return null;
  return {
    inputDevice: flow.device,
    source,
    destination,
    protocol: flow.protocol,
    sourcePort: EPHEMERAL_PORT,
    destinationPort: flow.port,
    connection: "new",
  };
}

/** The host keeps what is for its own addresses; all else goes on through `outputDevice`. */
export function routeOf({ addresses }: HostFacts, outputDevice: string | null = null): Route {
  const own = addresses.flatMap(({ address }) => parseAddress(address) ?? []);
  return (destination) => (own.some((each) => isSame(each, destination)) ? "local" : { outputDevice });
}

function isSame(a: Address, b: Address): boolean {
  return a.family === b.family && a.bits === b.bits;
}

/** What decided, quoted: `udp dport 8472 drop (inet filter input)`. */
export function deciderText({ by }: FlowVerdict): string {
  if (by === null) return "no chain stands in the way";
  const { family, table, name, base } = by.chain;
  const decision = by.rule === null ? `policy ${base?.policy ?? "accept"}` : ruleText(by.rule);
  return `"${decision}" in chain ${family} ${table} ${name}`;
}
