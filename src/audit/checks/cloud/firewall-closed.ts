import type { CloudFirewall, Droplet } from "../../../model/cloudFacts.ts";
import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { admittedBy, dropletOf, firewallsOf, type Port } from "../../view/cloudFirewall.ts";
import { type HostView, type Peer, viewHosts } from "../../view/hosts.ts";
import { portText } from "../../view/openings.ts";
import { apiPort, KUBELET, overlayPort } from "../../view/ports.ts";

export const firewallClosed: AuditCheck = {
  id: "cloud/firewall-closed",
  severity: "blocks",
  title: "The cloud firewall drops what the hosts need of one another",
  reason:
    "A DigitalOcean cloud firewall drops whatever no rule names, on the private network as well as on the public one. It stands before the " +
    "host's own firewall: both must let a packet in. New rules do not cut existing connections, so try with new ones.",
  sources: [
    "https://docs.digitalocean.com/products/networking/firewalls/details/limits/",
    "https://docs.k3s.io/installation/requirements#networking",
  ],
  find,
};

function find(context: AuditContext): readonly Hit[] {
  return viewHosts(context).flatMap((host) => {
    const droplet = dropletOf(context, host.name);
    const firewalls = droplet === undefined ? [] : firewallsOf(context, droplet);
    const [first] = firewalls;
    if (droplet === undefined || first === undefined) return [];
    return host.peers.flatMap((peer) => {
      const closed = neededPorts(context, host).filter(
        (port) => admittedBy(firewalls, senderOf(context, peer, droplet), port) === null,
      );
      return closed.length === 0 ? [] : [hitOf(host, peer, closed, first)];
    });
  });
}

function neededPorts(context: AuditContext, { role }: HostView): readonly Port[] {
  const overlay = overlayPort(context);
  return [...(overlay === null ? [] : [overlay]), ...(role === "server" ? [apiPort(context)] : []), KUBELET];
}

/** A droplet that is still to come will carry the tags of the first. */
function senderOf(context: AuditContext, { address, host }: Peer, like: Droplet) {
  return { address, droplet: dropletOf(context, host) ?? { ...like, id: 0 } };
}

function hitOf(
  { name }: HostView,
  peer: Peer,
  closed: readonly Port[],
  { id, name: firewall, tags }: CloudFirewall,
): Hit {
  const [tag] = tags;
  const from = tag === undefined ? `address:${peer.address}` : `tag:${tag}`;
  const rules = closed.map(({ protocol, port }) => `protocol:${protocol},ports:${port},${from}`).join(" ");
  return {
    subject: `cloud firewall ${firewall}`,
    evidence: `No rule lets ${closed.map(portText).join(", ")} from ${peer.name} in to ${name}`,
    fix: `doctl compute firewall add-rules ${id} --inbound-rules "${rules}"`,
  };
}
