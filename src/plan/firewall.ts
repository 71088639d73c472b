import type { AuditContext } from "../audit/context.ts";
import { judgeFlow } from "../audit/firewall/flow.ts";
import type { Packet, Route } from "../audit/firewall/packet.ts";
import { type Chain, ownedByIptables, type Rule, type Ruleset } from "../audit/firewall/ruleset.ts";
import { packetOf, routeOf, rulesetOf } from "../audit/view/flows.ts";
import { OutgrowError } from "../model/error.ts";
import { isOutput } from "../model/reference.ts";
import type { FirewallChain, FirewallOpening } from "../model/steps/firewall-open.ts";
import type { PlannedHost } from "./topology.ts";

/**
 * The chains in which an opening must stand: each drops what comes, once those before it let it pass.
 * Empty when all of it comes in as it is.
 */
export function droppingChains(
  host: PlannedHost,
  opening: FirewallOpening,
  { facts }: AuditContext,
): readonly FirewallChain[] {
  const hostFacts = facts.hosts[host.name];
  const ruleset = hostFacts === undefined ? null : rulesetOf(hostFacts);
  if (hostFacts === undefined || ruleset === null) throw unreadable(host.name);
  const packets = opening.from.map((from) =>
    packetOf({
      device: host.interface ?? "",
      from: isOutput(from) ? "" : from,
      to: host.address,
      protocol: opening.protocol,
      port: opening.port,
    }),
  );
  const chains = packets.flatMap((packet) =>
    packet === null ? [] : chainsThatDrop(ruleset, packet, routeOf(hostFacts)),
  );
  return distinct(chains).map(({ family, table, name }) => ({ family, table, name }));
}

/**
 * In the order the packet meets them. A verdict nobody can give counts as a drop, unless it hangs on a table of
 * iptables: those rules are kube-proxy's and flannel's, and none of ours may stand there.
 */
export function chainsThatDrop(ruleset: Ruleset, packet: Packet, route: Route): readonly Chain[] {
  const found: Chain[] = [];
  while (found.length < MOST_CHAINS) {
    const { verdict, by } = judgeFlow(opened(ruleset, found), packet, route);
    if (verdict === "accept" || by === null || found.some((chain) => isSame(chain, by.chain))) break;
    if (verdict === "unknown" && ownedByIptables(by.chain)) break;
    found.push(by.chain);
  }
  return found;
}

/** More chains than that drop the same packet in no ruleset anyone wrote. */
const MOST_CHAINS = 16;

/** As if the packet were let in by these chains, before anything else in them. */
function opened(ruleset: Ruleset, chains: readonly Chain[]): Ruleset {
  const open = (chain: Chain): Chain =>
    chains.some((each) => isSame(each, chain)) ? { ...chain, rules: [accept(chain), ...chain.rules] } : chain;
  const inside = (table: Parameters<Ruleset["chain"]>[0], name: string) => {
    const chain = ruleset.chain(table, name);
    return chain === undefined ? undefined : open(chain);
  };
  return { ...ruleset, chains: ruleset.chains.map(open), chain: inside };
}

function accept({ family, table, name }: Chain): Rule {
  return { family, table, chain: name, handle: 0, comment: null, expressions: [{ accept: null }] };
}

function isSame(a: Chain, b: Chain): boolean {
  return a.family === b.family && a.table === b.table && a.name === b.name;
}

function distinct(chains: readonly Chain[]): readonly Chain[] {
  return chains.filter((chain, index) => chains.findIndex((each) => isSame(each, chain)) === index);
}

function unreadable(name: string): OutgrowError {
  return new OutgrowError("no-data", `The firewall of ${name} could not be read as a whole.`, {
    hint: "Rules of the legacy iptables are not in what nft lists: move them to nftables first (update-alternatives --set iptables /usr/sbin/iptables-nft).",
  });
}
