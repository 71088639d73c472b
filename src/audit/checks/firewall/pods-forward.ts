import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import type { FlowVerdict } from "../../firewall/flow.ts";
import { acceptCommand } from "../../view/acceptCommand.ts";
import { deciderText } from "../../view/flows.ts";
import { type HostView, viewHosts } from "../../view/hosts.ts";
import { tableSource } from "../../view/nftFiles.ts";
import { podToPod } from "../../view/podFlows.ts";
import { clusterRanges } from "../../view/ports.ts";

export const podsForward: AuditCheck = {
  id: "firewall/pods-forward",
  severity: "blocks",
  title: "The firewall does not forward pod traffic that comes from the other host",
  reason:
    "What comes out of the tunnel on flannel.1 is forwarded to cni0. A forward chain whose policy is drop, or that knows cni0 " +
    "only, stops it although UDP 8472 is open: with one host nothing ever came that way. An accept in another table does not " +
    "help: every base chain must let it pass.",
  sources: [
    "https://github.com/k3s-io/k3s/issues/3258",
    "https://wiki.nftables.org/wiki-nftables/index.php/Configuring_chains",
  ],
  find,
};

function find(context: AuditContext): readonly Hit[] {
  return viewHosts(context)
    .filter(({ facts }) => facts.k3s !== null)
    .flatMap((host) => {
      const verdict = podToPod(context, host);
      return verdict === null || verdict.verdict === "accept" ? [] : [hitOf(context, host, verdict)];
    });
}

function hitOf(context: AuditContext, host: HostView, verdict: FlowVerdict): Hit {
  const flow = "Pod traffic from the other host, flannel.1 to cni0,";
  if (verdict.verdict === "unknown") {
    return {
      subject: `host ${host.name}`,
      evidence: `${flow} cannot be judged: ${verdict.unknown.join("; ")}`,
      fix: "Ask from a pod of the other host once it has joined: nslookup kubernetes.default 10.43.0.10",
      severity: "informs",
    };
  }
  const { pods } = clusterRanges(context);
  const chain = verdict.by?.chain;
  return {
    subject: `host ${host.name}`,
    evidence: `${flow} is dropped by ${deciderText(verdict)}`,
    fix:
      chain === undefined
        ? `Accept ${pods} in the forward hook.`
        : `${acceptCommand(chain, { from: pods })}\n${acceptCommand(chain, { to: pods })}\nThis lets pods through that chain. The same lines belong into ${tableSource(context, host.name, chain)}.`,
  };
}
