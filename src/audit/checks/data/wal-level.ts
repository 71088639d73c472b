import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { subjectOf } from "../../view/kube.ts";
import { settingOf } from "../../view/storeSettings.ts";

export const walLevel: AuditCheck = {
  id: "data/wal-level",
  severity: "warns",
  title: "Postgres cannot be followed while it is written to",
  reason:
    "A move with a pause of seconds copies first and then follows every change, and for that the old server must write them in full: `wal_level = logical`. The default is `replica`, and changing it needs a restart, " +
    "a few seconds without a database. Better on a quiet morning before than on the evening of the move. The other way is to stop all writes for as long as the copy takes.",
  sources: [
    "https://www.postgresql.org/docs/current/runtime-config-wal.html#GUC-WAL-LEVEL",
    "https://docs.digitalocean.com/products/databases/postgresql/how-to/migrate/",
  ],
  find,
};

function find({ stores, cluster }: AuditContext): readonly Hit[] {
  return stores
    .filter(
      ({ kind, leavesCluster, workloads }) => kind === "postgres" && leavesCluster && workloads.length > 0,
    )
    .flatMap((store) => {
      const level = settingOf(store, "wal_level", cluster);
      if (level?.value === "logical") return [];
      const [workload] = store.workloads;
      if (workload === undefined) return [];
      return [
        {
          subject: subjectOf(workload.object),
          evidence: level === null ? "no wal_level in its command or configuration, so replica" : level.text,
          fix: `See what it says itself (SHOW wal_level). If it is not logical, add the arguments -c wal_level=logical -c max_slot_wal_keep_size=2GB to ${subjectOf(workload.object)}; it restarts once.`,
        },
      ];
    });
}
