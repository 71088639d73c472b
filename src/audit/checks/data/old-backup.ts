import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { dumpEvidence } from "../../view/backup.ts";
import { subjectOf } from "../../view/kube.ts";

export const oldBackup: AuditCheck = {
  id: "data/old-backup",
  severity: "warns",
  title: "A backup would go on dumping the old database",
  reason:
    "A dump job knows the database's host by itself. After the switch it goes on without an error, dumping a database that nobody writes to any more, until somebody needs the backup. " +
    "It must be pointed to the new address in the same step as the application. Its `pg_dump` must be at least as new as the new server, or it refuses.",
  sources: [
    "https://www.postgresql.org/docs/current/app-pgdump.html",
    "https://docs.digitalocean.com/products/databases/postgresql/how-to/restore-from-backups/",
  ],
  find,
};

function find({ stores, cluster }: AuditContext): readonly Hit[] {
  return stores
    .filter(({ kind, leavesCluster }) => kind === "postgres" && leavesCluster)
    .flatMap(({ consumers }) => consumers)
    .flatMap(({ workload, addresses }) => {
      const dump = dumpEvidence(workload, cluster);
      if (dump === null) return [];
      return [
        {
          subject: subjectOf(workload.object),
          evidence: `${dump}; ${addresses[0]?.text}`,
          fix: `Suspend it for the switch (kubectl -n ${workload.namespace} patch ${workload.kind.toLowerCase()} ${workload.name} -p '{"spec":{"suspend":true}}'), point it to the new address with the rest, run it once and restore that dump somewhere.`,
        },
      ];
    });
}
