import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { dropletOf, firewallsOf } from "../../view/cloudFirewall.ts";
import { unbuiltHosts } from "../../view/hosts.ts";

export const firewallTag: AuditCheck = {
  id: "cloud/firewall-tag",
  severity: "warns",
  title: "The new droplet would start without the cloud firewall",
  reason:
    "A cloud firewall bound to single droplets does not know the next one: until somebody adds it, the new host's kubelet and NodePorts " +
    "answer the internet from the moment k3s starts. Bound to a tag, it is there at the first boot.",
  sources: ["https://docs.digitalocean.com/products/networking/firewalls/details/limits/"],
  find,
};

function find(context: AuditContext): readonly Hit[] {
  const coming = unbuiltHosts(context);
  if (coming.length === 0) return [];
  const hosts = Object.keys(context.facts.hosts);
  const firewalls = hosts.flatMap((name) => {
    const droplet = dropletOf(context, name);
    return droplet === undefined ? [] : firewallsOf(context, droplet);
  });
  return [...new Set(firewalls)]
    .filter(({ tags }) => tags.length === 0)
    .map(({ id, name }) => ({
      subject: `cloud firewall ${name}`,
      evidence: `It is bound to droplets by id and to no tag; ${coming.join(", ")} would not be among them`,
      fix: `doctl compute firewall add-tags ${id} --tag-names k3s, give the tag to ${hosts.join(", ")}, and create ${coming.join(", ")} with it (--tag-names k3s).`,
    }));
}
