import type { Hit } from "../check.ts";
import type { AuditContext } from "../context.ts";
import type { FlowVerdict } from "../firewall/flow.ts";
import { ownedByIptables, type Rule } from "../firewall/ruleset.ts";
import { ruleText } from "../firewall/text.ts";
import { type Port, stopsStrangers } from "./cloudFirewall.ts";
import { deciderText, fromInternet, fromPeer } from "./flows.ts";
import { type HostView, type Peer, viewHosts } from "./hosts.ts";
import { tableSource } from "./nftFiles.ts";

/** A port that the other host must reach: a hit per host and peer for which it is closed, or may be. */
export function closedToPeers(
  context: AuditContext,
  port: Port,
  concerns: (host: HostView) => boolean = () => true,
): readonly Hit[] {
  return viewHosts(context)
    .filter(concerns)
    .flatMap((host) => host.peers.flatMap((peer) => closedHit(context, host, peer, port) ?? []));
}

function closedHit(context: AuditContext, host: HostView, peer: Peer, port: Port): Hit | null {
  const verdict = fromPeer(host, peer, port);
  if (verdict === null || verdict.verdict === "accept") return null;
  const flow = `${portText(port)} from ${peer.name} on ${host.privateAddress?.interface}`;
  const fix = openingFix(context, host, peer, port, verdict);
  return verdict.verdict === "drop"
    ? {
        subject: `host ${host.name}`,
        evidence: `${flow} is dropped by ${deciderText(verdict)}`,
        fix,
      }
    : {
        subject: `host ${host.name}`,
        evidence: `${flow} cannot be judged: ${verdict.unknown.join("; ")}`,
        fix: `A rule of your own before it settles the matter. ${fix}`,
        severity: "warns",
      };
}

/** A port that nobody outside may reach: a hit per host where it is open, or may be. */
export function openToInternet(
  context: AuditContext,
  port: Port,
  concerns: (host: HostView) => boolean = () => true,
): readonly Hit[] {
  return viewHosts(context)
    .filter((host) => concerns(host) && !stopsStrangers(context, host.name, port))
    .flatMap((host) => openHit(host, port) ?? []);
}

function openHit(host: HostView, port: Port): Hit | null {
  const verdict = fromInternet(host, port);
  if (verdict === null || verdict.verdict === "drop") return null;
  const flow = `${portText(port)} from anywhere on ${host.publicAddress?.interface}`;
  return {
    subject: `host ${host.name}`,
    evidence:
      verdict.verdict === "accept"
        ? `${flow} is let in: ${deciderText(verdict)}`
        : `${flow} cannot be judged: ${verdict.unknown.join("; ")}`,
    fix: closingFix(host, port, verdict),
    ...(verdict.verdict === "accept" ? {} : { severity: "informs" as const }),
  };
}

/** In the user's own chain, before the rule that drops. */
function openingFix(
  context: AuditContext,
  host: HostView,
  peer: Peer,
  { protocol, port }: Port,
  verdict: FlowVerdict,
): string {
  const { by } = verdict;
  const device = host.privateAddress?.interface ?? "";
  const rule = `iifname "${device}" ip saddr ${peer.address} ${protocol} dport ${port} accept`;
  if (by === null) return `Let it in on ${host.name}: ${rule}`;
  if (ownedByIptables(by.chain)) {
    const command = `iptables -I ${by.chain.name} -i ${device} -s ${peer.address} -p ${protocol} --dport ${port} -j ACCEPT`;
    return `Let it in on ${host.name}, with iptables since that table is its own: ${command}`;
  }
  const command = insertCommand(verdict, rule);
  return `Let it in on ${host.name} before it is dropped: ${command}\nThe same line belongs into ${tableSource(context, host.name, by.chain)}, or it is gone after the next reload.`;
}

function closingFix(host: HostView, { protocol, port }: Port, verdict: FlowVerdict): string {
  const rule = `iifname "${host.publicAddress?.interface}" ${protocol} dport ${port} drop`;
  const { by } = verdict;
  if (by === null || ownedByIptables(by.chain)) {
    return `Only the other host needs it. In a table of your own on ${host.name}: ${ownTable(rule)}`;
  }
  const command = insertCommand(verdict, rule);
  return `Only the other host needs it. On ${host.name}: ${command}${narrowed(by.rule)}`;
}

/** Right before the rule that decided; where nobody knows which did, before them all. */
export function insertCommand({ by, verdict }: FlowVerdict, rule: string): string {
  const chain = by === null ? "" : `${by.chain.family} ${by.chain.table} ${by.chain.name}`;
  if (verdict === "unknown") return `nft insert rule ${chain} ${rule}`;
  return by === null || by.rule === null
    ? `nft add rule ${chain} ${rule}`
    : `nft insert rule ${chain} handle ${by.rule.handle} ${rule}`;
}

function narrowed(rule: Rule | null): string {
  return rule === null ? "" : `\nBetter still, narrow the rule "${ruleText(rule)}" down.`;
}

function ownTable(rule: string): string {
  return `nft 'table inet hostfw { chain input { type filter hook input priority -100; ${rule}; }; }'`;
}

/** `UDP 8472` */
export function portText({ protocol, port }: Port): string {
  return `${protocol.toUpperCase()} ${port}`;
}
