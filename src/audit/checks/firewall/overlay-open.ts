import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { openToInternet } from "../../view/openings.ts";
import { flannelBackend } from "../../view/ports.ts";

export const overlayOpen: AuditCheck = {
  id: "firewall/overlay-open",
  severity: "blocks",
  title: "Anyone can send packets into the pod network",
  reason:
    "VXLAN has no password: UDP 8472 open to the world opens the cluster network to everyone. WireGuard's port asks for a " +
    "key and may be open.",
  sources: ["https://docs.k3s.io/installation/requirements#networking"],
  find,
};

function find(context: AuditContext): readonly Hit[] {
  return flannelBackend(context) === "vxlan" ? openToInternet(context, { protocol: "udp", port: 8472 }) : [];
}
