import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { unbuiltHosts, viewHosts } from "../../view/hosts.ts";

export const registries: AuditCheck = {
  id: "join/registries",
  severity: "blocks",
  title: "Only one host knows the registry",
  reason:
    "Mirrors and logins in registries.yaml belong to a host and are read when k3s starts. On a node without them the same image cannot be " +
    "pulled. imagePullSecrets are the cluster's and serve every node.",
  sources: ["https://docs.k3s.io/installation/private-registry"],
  find,
};

const PATH = "/etc/rancher/k3s/registries.yaml";

function find(context: AuditContext): readonly Hit[] {
  const hosts = viewHosts(context).map(({ name, facts }) => ({
    name,
    file: facts.files.find(({ path }) => path === PATH),
  }));
  const owner = hosts.find(({ file }) => typeof file?.text === "string" && file.text.trim() !== "");
  if (owner === undefined) return [];
  const without = hosts.filter(({ file }) => file?.text === null).map(({ name }) => name);
  const copy = (name: string) =>
    `Copy it from ${owner.name} to ${name} with mode 0600 (it may hold passwords: never through the repository), before k3s starts there.`;
  return [
    ...without.map((name) => ({
      subject: `host ${name}`,
      evidence: `${PATH} is on ${owner.name} and not on ${name}`,
      fix: copy(name),
    })),
    ...unbuiltHosts(context).map((name) => ({
      subject: `host ${name}`,
      evidence: `${PATH} on ${owner.name} is a file of that host`,
      fix: copy(name),
      severity: "warns" as const,
    })),
  ];
}
