import { blockOf, parseAddress } from "../../audit/firewall/address.ts";
import { judgeFlow } from "../../audit/firewall/flow.ts";
import type { Chain, Ruleset } from "../../audit/firewall/ruleset.ts";
import { ruleText as shownRule } from "../../audit/firewall/text.ts";
import { STRANGER } from "../../audit/view/cloudFirewall.ts";
import { judgedRuleset, packetOf, routeOf, rulesetOf } from "../../audit/view/flows.ts";
import { KUBE_PROXY_TABLE, withKubeProxy } from "../../audit/view/podFlows.ts";
import { OutgrowError } from "../../model/error.ts";
import type { HostAddress, HostFacts } from "../../model/hostFacts.ts";
import type { FirewallChain } from "../../model/steps/firewall-open.ts";
import { chainsThatDrop } from "../../plan/firewall.ts";
import { attemptOf, closedToOthers, type Entry } from "./rules.ts";

/** A host's firewall as it stands, seen from the peers that must come in. */
export interface Wall {
  readonly ruleset: Ruleset;
  /** The openings, with the interface that leads to their peers. */
  readonly entries: readonly Entry[];
  /** The chains that still drop one of them. */
  readonly dropping: readonly Chain[];
  /** Nobody stops the internet from reaching what only peers need. */
  readonly isOpenToStrangers: boolean;
}

/** What the openings of a step ask for; addresses are known by now. */
export interface Wanted extends Omit<Entry, "device"> {
  /** The port is a Service's: kube-proxy turns what comes there to this pod, past every input chain. */
  readonly pod?: PodPort;
}

export interface PodPort {
  readonly address: string;
  readonly port: number;
}

/** Throws `no-data` when the ruleset could not be read as a whole. */
export function readLoaded(host: string, facts: HostFacts): Ruleset {
  const ruleset = rulesetOf(facts);
  if (ruleset !== null) return ruleset;
  throw new OutgrowError("no-data", `The firewall of ${host} could not be read as a whole.`, {
    hint: "nftables must be installed there, and iptables must not be the legacy one: its rules are not in what nft lists.",
  });
}

/** Throws as `readLoaded`. */
export function readWall(host: string, facts: HostFacts, wanted: readonly Wanted[]): Wall {
  const ruleset = readLoaded(host, facts);
  const entries = wanted.map((each) => ({ ...each, device: deviceTo(facts, each.from) }));
  const dropping = entries.flatMap((entry) => stoppedBy(facts, ruleset, entry));
  return {
    ruleset,
    entries,
    dropping: dropping.filter((chain, index) => dropping.findIndex((each) => isSame(each, chain)) === index),
    isOpenToStrangers: closedToOthers(entries).some((entry) => letsStrangersIn(facts, ruleset, entry)),
  };
}

function stoppedBy(
  facts: HostFacts,
  ruleset: Ruleset,
  { from, protocol, port, device, pod }: Entry & Pick<Wanted, "pod">,
): readonly Chain[] {
  const turned = pod === undefined ? null : turnedRuleset(facts, { protocol, port }, pod);
  const route = routeOf(facts, pod && (addressTowards(facts, pod.address)?.interface ?? null));
  return from.flatMap((peer) => {
    const own = addressTowards(facts, peer);
    const to = own?.address ?? facts.addresses[0]?.address ?? "";
    const packet = packetOf({ device: device ?? own?.interface ?? "", from: peer, to, protocol, port });
    return packet === null ? [] : chainsThatDrop(turned ?? ruleset, packet, route);
  });
}

/**
 * The ruleset as it is once kube-proxy has heard of the Service, which is soon, but nobody says when. `null` where
 * kube-proxy writes no such rules: in its IPVS mode and with other proxies the packet meets the input chains.
 */
function turnedRuleset(facts: HostFacts, port: Pick<Entry, "protocol" | "port">, pod: PodPort) {
  const ruleset = judgedRuleset(facts);
  const isTurned = rulesetOf(facts)?.chains.some(
    ({ table, name }) => table === KUBE_PROXY_TABLE || /^KUBE-(SVC|SEP)-/.test(name),
  );
  return ruleset === null || isTurned !== true ? null : withKubeProxy(ruleset, port, pod.address, pod.port);
}

function letsStrangersIn(facts: HostFacts, ruleset: Ruleset, { protocol, port }: Entry): boolean {
  const device = facts.routes.find(
    ({ destination, table }) => destination === "default" && table === "main",
  )?.interface;
  const own = facts.addresses.find(
    (address) => address.interface === device && !address.address.includes(":"),
  );
  if (own === undefined) return false;
  const packet = packetOf({ device: own.interface, from: STRANGER, to: own.address, protocol, port });
  return packet !== null && judgeFlow(ruleset, packet, routeOf(facts)).verdict === "accept";
}

/** The one interface all peers are behind; `null` when it cannot be told. */
function deviceTo(facts: HostFacts, peers: readonly string[]): string | null {
  const devices = new Set(peers.map((peer) => addressTowards(facts, peer)?.interface));
  const [only] = devices;
  return devices.size === 1 ? (only ?? null) : null;
}

/** Our own address in the network a peer lies in. */
function addressTowards({ addresses }: HostFacts, peer: string): HostAddress | undefined {
  const target = parseAddress(peer);
  return addresses.find(({ address, prefixLength }) => {
    const block = blockOf(address, prefixLength);
    if (target === null || block === null || block.family !== target.family) return false;
    return block.first <= target.bits && target.bits <= block.last;
  });
}

/** Each chain once, by its name alone. */
export function distinctChains(chains: readonly FirewallChain[]): readonly FirewallChain[] {
  return chains
    .map(({ family, table, name }) => ({ family, table, name }))
    .filter((chain, index, all) => all.findIndex((each) => isSame(each, chain)) === index);
}

function isSame(a: FirewallChain, b: FirewallChain): boolean {
  return a.family === b.family && a.table === b.table && a.name === b.name;
}

/** The rules an attempt has written, wherever they stand by now. */
export function rulesOf(
  { ruleset }: Pick<Wall, "ruleset">,
  attempt: string,
): readonly (FirewallChain & { readonly handle: number })[] {
  return ruleset.chains.flatMap(({ family, table, name, rules }) =>
    rules
      .filter(({ comment }) => attemptOf(comment) === attempt)
      .map(({ handle }) => ({ family, table, name, handle })),
  );
}

/** The attempts of ours whose rules are loaded, each with the chains they stand in. */
export function loadedAttempts({
  ruleset,
}: Pick<Wall, "ruleset">): readonly { readonly attempt: string; readonly chain: Chain }[] {
  return ruleset.chains.flatMap((chain) => {
    const attempts = new Set(chain.rules.flatMap(({ comment }) => attemptOf(comment) ?? []));
    return [...attempts].map((attempt) => ({ attempt, chain }));
  });
}

/**
 * The rules by which the CNI turns the public ports to pods. They are written once, when a pod starts:
 * whoever loses them has closed 80 and 443. https://github.com/k3s-io/k3s/issues/7542
 */
export function hostPortRules({ ruleset }: Pick<Wall, "ruleset">): readonly string[] {
  const isHostPort = ({ table, name }: Chain) =>
    /^CNI-(HOSTPORT-DNAT|DN-)/.test(name) || table === "cni_hostport";
  return ruleset.chains
    .filter(isHostPort)
    .flatMap(({ name, rules }) => rules.map((rule) => `${name}: ${shownRule(rule)}`))
    .sort();
}
