import type { AuditCheck } from "../../check.ts";
import { openToInternet } from "../../view/openings.ts";
import { apiPort } from "../../view/ports.ts";

export const apiOpen: AuditCheck = {
  id: "firewall/api-open",
  severity: "informs",
  title: "The Kubernetes API answers the whole internet",
  reason:
    "TCP 6443 from anywhere is common and guarded by certificates; still it is one scan away from the next vulnerability. " +
    "The new node needs it from its own private address only. Mind deploys that come in this way before you close it.",
  sources: ["https://docs.k3s.io/installation/requirements#networking"],
  find: (context) => openToInternet(context, apiPort(context), ({ role }) => role === "server"),
};
