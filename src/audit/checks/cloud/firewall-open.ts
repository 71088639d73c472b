import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { admittedBy, dropletOf, firewallsOf, type Port, STRANGER } from "../../view/cloudFirewall.ts";
import { rulesetOf } from "../../view/flows.ts";
import { portText } from "../../view/openings.ts";
import { flannelBackend, KUBELET } from "../../view/ports.ts";

export const firewallOpen: AuditCheck = {
  id: "cloud/firewall-open",
  severity: "warns",
  title: "The cloud firewall lets everyone in to the cluster's ports",
  reason:
    "Rules for UDP 8472 and TCP 10250 belong to the other host alone; VXLAN has no password. Where the host's own firewall was read, it " +
    "is judged together with this one; here it was not, and this is all that is known to stand in the way.",
  sources: [
    "https://docs.k3s.io/installation/requirements#networking",
    "https://docs.digitalocean.com/products/networking/firewalls/how-to/configure-rules/",
  ],
  find,
};

function find(context: AuditContext): readonly Hit[] {
  const ports: readonly Port[] = [
    ...(flannelBackend(context) === "vxlan" ? [{ protocol: "udp", port: 8472 } as const] : []),
    KUBELET,
  ];
  return Object.entries(context.facts.hosts).flatMap(([name, facts]) => {
    const droplet = dropletOf(context, name);
    if (droplet === undefined || rulesetOf(facts) !== null) return [];
    const firewalls = firewallsOf(context, droplet);
    return ports.flatMap((port) => {
      const admitted = admittedBy(firewalls, { address: STRANGER, droplet: null }, port);
      return admitted === null
        ? []
        : [hitOf(name, port, admitted.firewall.name, admitted.rule.sources.addresses)];
    });
  });
}

function hitOf(host: string, port: Port, firewall: string, addresses: readonly string[]): Hit {
  return {
    subject: `cloud firewall ${firewall}`,
    evidence: `${portText(port)} to ${host} is open to ${addresses.join(", ")}; the host's own firewall was not read`,
    fix: "Name the tag that both droplets carry as its source, in place of these addresses.",
  };
}
