import type { AuditCheck } from "../../check.ts";
import { closedToPeers } from "../../view/openings.ts";
import { apiPort } from "../../view/ports.ts";

export const apiClosed: AuditCheck = {
  id: "firewall/api-closed",
  severity: "blocks",
  title: "The new node cannot reach the server",
  reason:
    "An agent joins, and stays joined, over TCP 6443 of the server: supervisor and Kubernetes API. It asks from its own " +
    "private address; kubectl logs and exec come back through the tunnel it opens there.",
  sources: ["https://docs.k3s.io/installation/requirements#networking"],
  find: (context) => closedToPeers(context, apiPort(context), ({ role }) => role === "server"),
};
