import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import type { FlowVerdict } from "../../firewall/flow.ts";
import { ownedByIptables } from "../../firewall/ruleset.ts";
import type { Port } from "../../view/cloudFirewall.ts";
import { deciderText, toPeer } from "../../view/flows.ts";
import { type HostView, type Peer, viewHosts } from "../../view/hosts.ts";
import { tableSource } from "../../view/nftFiles.ts";
import { insertCommand, portText } from "../../view/openings.ts";
import { apiPort, overlayPort } from "../../view/ports.ts";

export const outputClosed: AuditCheck = {
  id: "firewall/output-closed",
  severity: "blocks",
  title: "The host's firewall does not let out what the other host needs",
  reason:
    "A firewall that also decides what leaves (a chain at the hook output that drops) knew one host only. What k3s now sends over the private network it drops where it begins: pod traffic in its tunnel, " +
    "the agent's way to the server, or the server's answers. The other host's firewall may be as open as it likes.",
  sources: [
    "https://wiki.nftables.org/wiki-nftables/index.php/Netfilter_hooks",
    "https://docs.k3s.io/installation/requirements#networking",
  ],
  find,
};

interface Leaving {
  readonly host: HostView;
  readonly peer: Peer;
  readonly port: Port;
  /** From that port, to a connection that the peer opened. */
  readonly isAnswer: boolean;
}

function find(context: AuditContext): readonly Hit[] {
  return viewHosts(context)
    .flatMap((host) => host.peers.flatMap((peer) => leaving(context, host, peer)))
    .flatMap((flow) => hitOf(context, flow) ?? []);
}

function leaving(context: AuditContext, host: HostView, peer: Peer): readonly Leaving[] {
  const overlay = overlayPort(context);
  const api = { host, peer, port: apiPort(context) };
  return [
    ...(overlay === null ? [] : [{ host, peer, port: overlay, isAnswer: false }]),
    ...(host.role === "server" ? [{ ...api, isAnswer: true }] : []),
    ...(host.role === "agent" && isServer(context, peer) ? [{ ...api, isAnswer: false }] : []),
  ];
}

function isServer({ facts, intent }: AuditContext, { host }: Peer): boolean {
  const said = intent.hosts.find(({ name }) => name === host)?.role;
  return (facts.hosts[host]?.k3s?.role ?? said) === "server";
}

function hitOf(context: AuditContext, flow: Leaving): Hit | null {
  const { host, peer, port, isAnswer } = flow;
  const verdict = toPeer(host, peer, port, isAnswer);
  if (verdict === null || verdict.verdict === "accept") return null;
  const what = isAnswer ? `answers from ${portText(port)}` : portText(port);
  const words = `${what} to ${peer.name} on ${host.privateAddress?.interface}`;
  const fix = fixOf(context, flow, verdict);
  return verdict.verdict === "drop"
    ? { subject: `host ${host.name}`, evidence: `${words}: dropped by ${deciderText(verdict)}`, fix }
    : {
        subject: `host ${host.name}`,
        evidence: `${words}: cannot be judged: ${verdict.unknown.join("; ")}`,
        fix: `A rule of your own before it settles the matter. ${fix}`,
        severity: "warns",
      };
}

function fixOf(context: AuditContext, { host, peer, port, isAnswer }: Leaving, verdict: FlowVerdict): string {
  const { by } = verdict;
  const device = host.privateAddress?.interface ?? "";
  const side = isAnswer ? "sport" : "dport";
  if (by !== null && ownedByIptables(by.chain)) {
    const match = isAnswer
      ? "-m conntrack --ctstate ESTABLISHED,RELATED"
      : `-o ${device} -d ${peer.address} -p ${port.protocol} --dport ${port.port}`;
    return `Let it out on ${host.name}: iptables -I ${by.chain.name} ${match} -j ACCEPT`;
  }
  const rule = `oifname "${device}" ip daddr ${peer.address} ${port.protocol} ${side} ${port.port} accept`;
  const source = by === null ? "" : tableSource(context, host.name, by.chain);
  return `Let it out on ${host.name} before it is dropped: ${insertCommand(verdict, rule)}\nThe same line belongs into ${source}, or it is gone after the next reload.`;
}
