import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { subjectOf } from "../../view/kube.ts";

export const postgresVersion: AuditCheck = {
  id: "data/postgres-version",
  severity: "informs",
  title: "Which Postgres the new one must be at least",
  reason:
    "A dump or a subscription goes from an older major version to the same or a newer one, never back. An image without a version may be upgraded by a restart, and a new major does not start on old files. " +
    "A major at the end of its life is not offered any more: then the move is an upgrade as well, and the application must have been tried on the new one.",
  sources: [
    "https://www.postgresql.org/support/versioning/",
    "https://docs.digitalocean.com/products/databases/postgresql/how-to/migrate/",
  ],
  find,
};

/** Ended in November 2025 (13) and 2026 (14); see the first source. */
const LAST_ENDED_MAJOR = 14;

function find({ stores }: AuditContext): readonly Hit[] {
  return stores
    .filter(({ kind, leavesCluster }) => kind === "postgres" && leavesCluster)
    .flatMap(({ workloads }) => workloads)
    .flatMap(({ object, podSpec }) => {
      const container = (podSpec.containers ?? []).find(({ image = "" }) =>
        /postg|pgvector|timescale/.test(image),
      );
      if (container === undefined) return [];
      const major = majorOf(container.image ?? "");
      const seen = {
        subject: subjectOf(object),
        evidence: `container ${container.name}: ${container.image}`,
      };
      return [{ ...seen, ...verdictOf(major) }];
    });
}

function verdictOf(major: number | null): Pick<Hit, "fix" | "severity"> {
  if (major === null) {
    return {
      fix: "See SHOW server_version, and name that major in the image: postgres:16.4, say.",
      severity: "warns",
    };
  }
  if (major <= LAST_ENDED_MAJOR) {
    return {
      fix: `Postgres ${major} has ended: the managed one will be newer. Try the application on it first, and run ANALYZE after the copy.`,
      severity: "warns",
    };
  }
  return { fix: `Take Postgres ${major} or newer on the managed side.` };
}

/** `postgres:16.4-alpine`, `pgvector/pgvector:pg16`, `timescale/timescaledb:2.17.2-pg16`, `postgis/postgis:16-3.4`. */
function majorOf(image: string): number | null {
  const tag = /:([^/:@]*)(@|$)/.exec(image)?.[1] ?? "";
  const major = /pg(\d+)/.exec(tag)?.[1] ?? (/timescale/.test(image) ? undefined : /^v?(\d+)/.exec(tag)?.[1]);
  return major === undefined ? null : Number(major);
}
