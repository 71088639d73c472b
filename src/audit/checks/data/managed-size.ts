import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";

export const managedSize: AuditCheck = {
  id: "data/managed-size",
  severity: "informs",
  title: "A managed database can grow and never shrink",
  reason:
    "The size of a managed database is a decision for good: it can be made larger while it runs, never smaller, and a copy restored from its backup is another server, " +
    "with another address. The smallest plan takes no standby either: with its machine the product is down until a new one has been restored.",
  sources: [
    "https://docs.digitalocean.com/products/databases/postgresql/details/limits/",
    "https://docs.digitalocean.com/products/databases/postgresql/how-to/resize/",
  ],
  find,
};

/** The one plan that takes no standby node. */
const SMALLEST = "db-s-1vcpu-1gb";

function find({ stores }: AuditContext): readonly Hit[] {
  return stores
    .filter(({ kind, leavesCluster }) => kind === "postgres" && leavesCluster)
    .flatMap(({ service, size }) =>
      size === null
        ? []
        : [
            {
              subject: `Service ${service.namespace}/${service.name}`,
              evidence: `it moves to ${size}${size === SMALLEST ? ", which takes no standby" : ""}`,
              fix: "Begin with the smallest that is enough: see SELECT pg_size_pretty(sum(pg_database_size(oid))) FROM pg_database, and the connections it needs. It can grow in a later change.",
            },
          ],
    );
}
