import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import type { FlowVerdict } from "../../firewall/flow.ts";
import { stopsStrangers } from "../../view/cloudFirewall.ts";
import { deciderText } from "../../view/flows.ts";
import { type HostView, viewHosts } from "../../view/hosts.ts";
import { subjectOf } from "../../view/kube.ts";
import { strangerToNodePort } from "../../view/podFlows.ts";
import { portsOf, type ServicePort, typeOf } from "../../view/services.ts";

export const nodeportOpen: AuditCheck = {
  id: "firewall/nodeport-open",
  severity: "blocks",
  title: "A NodePort answers the internet although INPUT is closed",
  reason:
    "kube-proxy turns a NodePort to a pod at prerouting, so that the packet goes through forward and never through input: " +
    "rules there do not stop it, on any node. Services of type LoadBalancer have NodePorts too; those lead where their public " +
    "port leads anyway, and are only told. The ruleset is evaluated with kube-proxy's translation in it.",
  sources: [
    "https://kubernetes.io/docs/concepts/services-networking/service/#type-nodeport",
    "https://kubernetes.io/docs/concepts/services-networking/service/#load-balancer-nodeport-allocation",
    "https://wiki.nftables.org/wiki-nftables/index.php/Netfilter_hooks",
  ],
  find,
};

function find(context: AuditContext): readonly Hit[] {
  const ports = context.cluster.of("Service").flatMap(portsOf);
  return viewHosts(context)
    .filter(({ facts }) => facts.k3s !== null)
    .flatMap((host) => ports.flatMap((port) => hitOf(context, host, port) ?? []));
}

function hitOf(context: AuditContext, host: HostView, port: ServicePort): Hit | null {
  const { protocol, nodePort, targetPort, service } = port;
  if (nodePort === null) return null;
  const outside = { protocol, port: nodePort };
  if (stopsStrangers(context, host.name, outside)) return null;
  const verdict = strangerToNodePort(context, host, outside, targetPort);
  if (verdict === null || verdict.verdict !== "accept") return null;
  return {
    subject: subjectOf(service),
    evidence: evidenceOf(host, port, verdict),
    fix: fixOf(host, port),
    ...(typeOf(service) === "LoadBalancer" ? { severity: "informs" as const } : {}),
  };
}

function evidenceOf(
  { name, publicAddress }: HostView,
  { protocol, nodePort, targetPort }: ServicePort,
  verdict: FlowVerdict,
): string {
  return `${protocol.toUpperCase()} ${nodePort} from anywhere on ${publicAddress?.interface} of ${name} goes to port ${targetPort} of a pod: ${deciderText(verdict)}`;
}

function fixOf({ name, publicAddress }: HostView, { service, protocol, nodePort }: ServicePort): string {
  const close =
    `on ${name}, before kube-proxy translates: nft 'table inet hostfw { chain nodeports { type filter hook prerouting ` +
    `priority -150; iifname "${publicAddress?.interface}" fib daddr type local ${protocol} dport ${nodePort} drop; }; }'`;
  return typeOf(service) === "LoadBalancer"
    ? `Give it none: spec.allocateLoadBalancerNodePorts: false. Or close it ${close}`
    : `Make it spec.type: ClusterIP if nobody outside needs it. Or close it ${close}`;
}
