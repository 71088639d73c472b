import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { serversOf } from "../../view/hosts.ts";
import { viewNodes } from "../../view/nodes.ts";

export const singleControlPlane: AuditCheck = {
  id: "control/single-control-plane",
  severity: "informs",
  title: "The control plane stays on one host",
  reason:
    "One server and one agent share one control plane. While the server is down nothing is scheduled, no pod is replaced, no certificate " +
    "is renewed and nothing can be deployed; what runs on the other host keeps serving as far as its database, DNS and ingress are not on " +
    "the first. That is the price of two hosts; three servers are another plan.",
  sources: ["https://docs.k3s.io/datastore/ha-embedded", "https://docs.k3s.io/architecture"],
  find,
};

function find(context: AuditContext): readonly Hit[] {
  const nodes = viewNodes(context).filter(({ isServer }) => isServer);
  const names = nodes.length > 0 ? nodes.map(({ name }) => name) : serversOf(context).map(({ name }) => name);
  const [only] = names;
  if (names.length !== 1 || only === undefined) return [];
  return [
    {
      subject: "control plane",
      evidence: `${only} is the only server`,
      fix: `Nothing to do. Know it, keep server/db and server/token of ${only} elsewhere, and plan for its restart.`,
    },
  ];
}
