import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { type HostView, viewHosts } from "../../view/hosts.ts";
import { flannelBackend } from "../../view/ports.ts";
import { settingsNamed } from "../../view/settings.ts";

export const noPrivateNetwork: AuditCheck = {
  id: "network/no-private-network",
  severity: "blocks",
  title: "The host has no private network",
  reason:
    "Two hosts that share no private network would carry pod traffic over the internet in the clear. Droplets created before October " +
    "2020 have to be given a private interface. Across providers or regions flannel can encrypt instead: wireguard-native, with the " +
    "public addresses. A 10.x address beside the public one on the same interface is DigitalOcean's anchor and leads nowhere.",
  sources: [
    "https://docs.digitalocean.com/reference/doctl/reference/compute/droplet-action/enable-private-networking",
    "https://docs.k3s.io/networking/distributed-multicloud",
  ],
  find,
};

function find(context: AuditContext): readonly Hit[] {
  const alone = viewHosts(context).filter(
    ({ privateAddress, facts }) => privateAddress === null && facts.addresses.length > 0,
  );
  if (flannelBackend(context) === "wireguard-native") return halfWireguard(context, alone);
  return alone.map((host) => ({
    subject: `host ${host.name}`,
    evidence: addressesText(host),
    fix: `doctl compute droplet-action enable-private-networking <id of ${host.name}>, then configure the interface it gets, node-ip and flannel-iface. Hosts that can share none: flannel-backend: wireguard-native, flannel-external-ip: true and node-external-ip on both, with UDP 51820 open between them.`,
  }));
}

/** WireGuard without a private network needs both hosts to know one another by their public addresses. */
function halfWireguard(context: AuditContext, alone: readonly HostView[]): readonly Hit[] {
  const isExternal = settingsNamed(context, "flannel-external-ip").some(({ value }) => value === "true");
  return alone.flatMap((host) => {
    const hasAddress = settingsNamed(context, "node-external-ip").some((each) => each.host === host.name);
    const missing = [
      ...(isExternal ? [] : ["flannel-external-ip: true on the server"]),
      ...(hasAddress ? [] : [`node-external-ip: ${host.publicAddress?.address} on ${host.name}`]),
    ];
    if (missing.length === 0) return [];
    return [
      {
        subject: `host ${host.name}`,
        evidence: `${addressesText(host)}; flannel-backend: wireguard-native without ${missing.join(" and ")}`,
        fix: `Set ${missing.join(", and ")}, restart k3s, and open UDP 51820 between the hosts.`,
      },
    ];
  });
}

function addressesText({ facts }: HostView): string {
  return `Its addresses: ${facts.addresses
    .filter(({ interface: device }) => device !== "lo")
    .map(({ interface: device, address, prefixLength }) => `${device} ${address}/${prefixLength}`)
    .join(", ")}`;
}
