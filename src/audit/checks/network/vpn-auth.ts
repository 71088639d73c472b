import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { settingsNamed } from "../../view/settings.ts";

export const vpnAuth: AuditCheck = {
  id: "network/vpn-auth",
  severity: "warns",
  title: "k3s builds its network over a VPN of its own",
  reason:
    "The integration with Tailscale (vpn-auth) is experimental, needs every node's pod range approved in the tailnet, and leaves " +
    "routes behind. Until they are approved pods of different nodes do not reach one another. Two hosts in one private network do not need it.",
  sources: [
    "https://docs.k3s.io/networking/distributed-multicloud",
    "https://github.com/k3s-io/k3s/issues/8372",
    "https://github.com/k3s-io/k3s/issues/7772",
  ],
  find,
};

/** Its value holds a key: only that it is there is told. */
function find(context: AuditContext): readonly Hit[] {
  return settingsNamed(context, "vpn-auth", "vpn-auth-file").map(({ subject, key, where, at }) => ({
    subject,
    evidence: `${key} is set (${where})`,
    fix: "Take it out and name the private network instead: node-ip and flannel-iface. If the hosts share none: autoApprovers for the pod range in the tailnet's policy, before the join.",
    ...(at === undefined ? {} : { at }),
  }));
}
