import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { parseAddress } from "../../firewall/address.ts";
import { field } from "../../view/kube.ts";
import { isPrivate } from "../../view/ranges.ts";

export const egressAddress: AuditCheck = {
  id: "network/egress-address",
  severity: "informs",
  title: "Calls to the outside leave from a new address",
  reason:
    "A pod leaves by the address of the host it is on. Whoever lets in only addresses it knows (a payment provider, a mail relay, a secret " +
    "manager, a partner's API) refuses every call from the second host, that is every other one, and only there. No manifest says who keeps such a list: ask, and add the new address first.",
  sources: [
    "https://docs.k3s.io/networking/basic-network-options",
    "https://docs.digitalocean.com/products/networking/vpc/details/limits/",
  ],
  find,
};

function find(context: AuditContext): readonly Hit[] {
  const { product, cluster, intent } = context;
  const own = ownNames(context);
  const hosts = product.workloads
    .flatMap((workload) => cluster.environmentOf(workload))
    .flatMap(({ name, value }) => hostIn(name, value) ?? [])
    .filter((host) => isOutside(host) && !own.has(host));
  const names = [...new Set(hosts)].toSorted();
  if (names.length === 0) return [];
  return [
    {
      subject: "Cluster",
      evidence: `the environment of the product's pods names ${names.join(", ")}`,
      fix: `Ask of each whether it keeps a list of callers. Those that do get the public address of ${intent.newHosts.join(", ")} as soon as it is known, before any pod goes there.`,
    },
  ];
}

/** Of a URL its host; of a variable that is named so (`EMAIL_HOST`) the whole value. */
function hostIn(name: string, value: string): string | null {
  const url = /^[a-z][a-z0-9+.-]*:\/\/(?:[^@/\s]*@)?([\w.-]+)/i.exec(value)?.[1];
  const host = url ?? (/(_|^)(HOST|HOSTNAME|SERVER|ENDPOINT)$/.test(name) ? value : "");
  return /^[a-z0-9-]+(\.[a-z0-9-]+)+$/i.test(host) ? host.toLowerCase() : null;
}

function isOutside(host: string): boolean {
  if (/\.(svc|local|internal|cluster|localhost|test|example)(\.|$)/.test(host)) return false;
  const isAddress = /^[\d.]+$/.test(host);
  return !isAddress || (parseAddress(host) !== null && !isPrivate(host));
}

/** A name one is found under oneself, and a Service of the cluster (`glaze-postgres.default`). */
function ownNames({ cluster }: AuditContext): ReadonlySet<string> {
  const rules = cluster.of("Ingress").flatMap((ingress) => {
    const all = field(ingress, "spec", "rules");
    return Array.isArray(all) ? all.map((rule: unknown) => String(field(rule, "host"))) : [];
  });
  const routes = cluster
    .of("IngressRoute")
    .flatMap((route) =>
      [...JSON.stringify(route.spec ?? {}).matchAll(/`([\w.-]+)`/g)].map(([, host]) => host ?? ""),
    );
  const services = cluster
    .of("Service")
    .map(({ metadata }) => `${metadata.name}.${metadata.namespace ?? "default"}`);
  return new Set([...rules, ...routes, ...services]);
}
