import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";

export const secondServer: AuditCheck = {
  id: "control/second-server",
  severity: "blocks",
  title: "Two servers are worse than one",
  reason:
    "An even number of servers cannot outvote one another: with two, losing either stops the control plane, and the k3s manual calls the " +
    "cluster non-functional. Two hosts are one server and one agent. Three servers are another plan.",
  sources: ["https://docs.k3s.io/datastore/ha-embedded"],
  find,
};

function find({ facts, intent }: AuditContext): readonly Hit[] {
  const said = intent.hosts.filter(({ role }) => role === "server").map(({ name }) => name);
  const read = Object.entries(facts.hosts).flatMap(([name, { k3s }]) =>
    k3s?.role === "server" ? [name] : [],
  );
  const servers = [...new Set([...said, ...read, ...intent.newServers])];
  if (servers.length === 0 || servers.length % 2 === 1) return [];
  const [first = "", ...others] = servers;
  return [
    {
      subject: "control plane",
      evidence: `${servers.length} servers: ${servers.join(", ")}`,
      fix: `Make ${others.join(" and ")} an agent: role: agent in outgrow.yaml, and join with K3S_URL of ${first}.`,
    },
  ];
}
