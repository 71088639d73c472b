import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { acceptCommand } from "../../view/acceptCommand.ts";
import { deciderText } from "../../view/flows.ts";
import { type HostView, serversOf } from "../../view/hosts.ts";
import { tableSource } from "../../view/nftFiles.ts";
import { portText } from "../../view/openings.ts";
import { podToHost } from "../../view/podFlows.ts";
import { apiPort, clusterRanges } from "../../view/ports.ts";

export const podsInput: AuditCheck = {
  id: "firewall/pods-input",
  severity: "blocks",
  title: "Pods cannot reach the Kubernetes API of their host",
  reason:
    "10.43.0.1 is turned to the server's own address, so that a pod beside the API arrives at the input hook on cni0. A drop " +
    "policy there stops it even where kube-router's own INPUT chain returns: controllers, webhooks and the Tailscale operator " +
    "lose the API.",
  sources: [
    "https://github.com/k3s-io/k3s/issues/3258",
    "https://docs.k3s.io/installation/requirements#networking",
  ],
  find,
};

function find(context: AuditContext): readonly Hit[] {
  return serversOf(context).flatMap((host) => hitsOf(context, host));
}

function hitsOf(context: AuditContext, host: HostView): readonly Hit[] {
  const address = host.privateAddress ?? host.publicAddress;
  const port = apiPort(context);
  const verdict = address === null ? null : podToHost(context, host, address.address, port);
  if (verdict === null || verdict.verdict !== "drop") return [];
  const chain = verdict.by?.chain;
  if (chain === undefined) return [];
  const command = acceptCommand(chain, { device: "cni0", from: clusterRanges(context).pods });
  return [
    {
      subject: `host ${host.name}`,
      evidence: `${portText(port)} from a pod on cni0 to ${address?.address} is dropped by ${deciderText(verdict)}`,
      fix: `${command}\nThis lets pods reach their host. The same line belongs into ${tableSource(context, host.name, chain)}.`,
    },
  ];
}
