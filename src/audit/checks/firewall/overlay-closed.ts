import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { closedToPeers } from "../../view/openings.ts";
import { overlayPort } from "../../view/ports.ts";

export const overlayClosed: AuditCheck = {
  id: "firewall/overlay-closed",
  severity: "blocks",
  title: "Pod traffic between the hosts is dropped",
  reason:
    "flannel carries pod traffic from host to host as VXLAN on UDP 8472 (as WireGuard on UDP 51820). Closed, the new node " +
    "still becomes Ready and kubectl logs still works, since that goes another way; but DNS, Services and webhooks across " +
    "the hosts time out, and helm upgrade fails. The ruleset is evaluated as the kernel does, from the peer's private address.",
  sources: [
    "https://docs.k3s.io/installation/requirements#networking",
    "https://github.com/cert-manager/cert-manager/issues/2811",
  ],
  find,
};

function find(context: AuditContext): readonly Hit[] {
  const port = overlayPort(context);
  return port === null ? [] : closedToPeers(context, port);
}
