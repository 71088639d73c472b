import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { type HostView, viewHosts } from "../../view/hosts.ts";
import { flannelBackend } from "../../view/ports.ts";

export const mtu: AuditCheck = {
  id: "network/mtu",
  severity: "warns",
  title: "Packets between the pods do not fit the network between the hosts",
  reason:
    "VXLAN adds 50 bytes, so that flannel.1 must be at least 50 smaller than the interface below it, on both hosts alike. " +
    "flannel copies the size of the interface it starts on. Too large: small requests work, large answers hang. Over tailscale0 " +
    "(1280) pods are slow: 2 to 3 Mbit/s were seen where the private network gives 700.",
  sources: [
    "https://github.com/flannel-io/flannel/blob/master/Documentation/backends.md",
    "https://github.com/flannel-io/flannel/issues/1614",
    "https://github.com/tailscale/tailscale/issues/16820",
  ],
  find,
};

const VXLAN_BYTES = 50;

function find(context: AuditContext): readonly Hit[] {
  if (flannelBackend(context) !== "vxlan") return [];
  const hosts = viewHosts(context);
  const smallest = Math.min(...hosts.flatMap(({ privateAddress }) => privateAddress?.mtu ?? []));
  return hosts.flatMap((host) => hitOf(host, smallest) ?? []);
}

/** The smallest of the private interfaces is what both ends can count on. */
function hitOf({ name, facts, privateAddress }: HostView, smallest: number): Hit | null {
  const tunnel = facts.addresses.find((each) => each.interface === "flannel.1")?.mtu ?? null;
  if (tunnel === null || privateAddress === null || tunnel <= smallest - VXLAN_BYTES) return null;
  const { interface: device, mtu: bytes } = privateAddress;
  const isAlike = bytes === smallest;
  const other = isAlike ? "" : ` (another host's private interface ${smallest})`;
  const alike = isAlike
    ? ""
    : `Give the private interfaces of both hosts the same MTU first: ip link set dev ${device} mtu ${smallest}, and in the host's network configuration.\n`;
  return {
    subject: `host ${name}`,
    evidence: `flannel.1 has MTU ${tunnel}, but ${device} has ${bytes}${other} and VXLAN takes ${VXLAN_BYTES} of it: ${smallest - VXLAN_BYTES} at most`,
    fix: `${alike}flannel-iface: ${device} in /etc/rancher/k3s/config.yaml of ${name}, then restart k3s: flannel takes the size from there. Pods keep the one they started with until they start again.`,
  };
}
