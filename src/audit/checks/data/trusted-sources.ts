import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";

export const trustedSources: AuditCheck = {
  id: "data/trusted-sources",
  severity: "warns",
  title: "The managed store would trust one host only",
  reason:
    "A managed database lets in whom its trusted sources name. Pods leave by their host's address, so a rule for the first droplet keeps every pod of the second one out. A k3s cluster is not the kind `k8s` (that is DigitalOcean's own). " +
    "A tag that all hosts carry lets a new one in by itself.",
  sources: [
    "https://docs.digitalocean.com/products/databases/postgresql/how-to/secure/",
    "https://github.com/digitalocean/openapi/blob/main/specification/resources/databases/models/firewall_rule.yml",
  ],
  find,
};

function find({ facts, intent, stores }: AuditContext): readonly Hit[] {
  if (!stores.some(({ leavesCluster, size }) => leavesCluster && size !== null)) return [];
  const names = new Set([...intent.hosts.map(({ name }) => name), ...intent.newHosts]);
  const droplets = (facts.cloud?.droplets ?? []).filter(({ name }) => names.has(name));
  const [first, ...others] = droplets;
  if (first === undefined) return [];
  const shared = first.tags.filter((tag) => others.every(({ tags }) => tags.includes(tag)));
  if (shared.length > 0) return [];
  const tag = first.tags[0] ?? "k3s";
  return [
    {
      subject: `Droplet ${droplets.map(({ name }) => name).join(", ")}`,
      evidence: droplets
        .map(
          ({ name, tags }) => `${name} has ${tags.length === 0 ? "no tag" : `the tags ${tags.join(", ")}`}`,
        )
        .join("; "),
      fix: `Give every host one tag and trust that: ${droplets.map(({ id }) => `doctl compute droplet tag ${id} --tag-name ${tag}`).join("; ")}; then doctl databases firewalls append ID --rule tag:${tag}.`,
    },
  ];
}
