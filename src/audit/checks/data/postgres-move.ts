import { formatDuration } from "../../../model/format.ts";
import { chooseDriver } from "../../../plan/postgres/chooseDriver.ts";
import type { PreflightFinding } from "../../../plan/postgres/finding.ts";
import { preflight } from "../../../plan/postgres/preflight.ts";
import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { demandOf } from "../../view/budget.ts";

export const postgresMove: AuditCheck = {
  id: "data/postgres-move",
  severity: "blocks",
  title: "The move of Postgres would be refused, or hurt",
  reason:
    "Where `target.postgres.at` names a server that is there already, both are asked what the move itself asks before it touches anything: versions, rights on either side, room for connections and slots, `wal_level`, " +
    "tables whose rows nothing names, large objects, unlogged and foreign tables, triggers that fire always, row security, event triggers, extensions, prepared and long transactions, md5 passwords, other databases, clocks; " +
    "roles whose name the target has already, rows in the tables of extensions, subscriptions, publications and slots of others, what the way back may keep. " +
    "What would stop it is said here, days before. What only forbids to follow the database while it is written to is a warning: then its rows are copied while nobody can write. " +
    "A server that could not be asked stands under what was not seen.",
  sources: [
    "https://www.postgresql.org/docs/current/logical-replication-restrictions.html",
    "https://www.postgresql.org/docs/current/logical-replication-config.html",
  ],
  find,
};

function find(context: AuditContext): readonly Hit[] {
  const { postgres } = context.facts;
  const store = context.stores.find(({ kind }) => kind === "postgres");
  if (postgres === undefined || store === undefined) return [];
  const looked = preflight({ ...postgres, demand: demandOf(store, context) });
  const { driver, pauseMs } = chooseDriver(postgres, looked, context.intent.hasOnlineMigration);
  const pause =
    driver === "provider"
      ? "so the provider's online migration copies and follows"
      : `so rows are copied while nobody can write, for about ${formatDuration(pauseMs)}`;
  return [
    ...looked.findings.map(hitOf),
    ...looked.stream.map((finding) =>
      finding.severity === "blocks" ? milder(hitOf(finding), pause) : hitOf(finding),
    ),
  ];
}

function hitOf({ severity, subject, evidence, fix }: PreflightFinding): Hit {
  return { severity, subject, evidence, fix };
}

function milder(hit: Hit, consequence: string): Hit {
  return { ...hit, severity: "warns", evidence: `${hit.evidence}; ${consequence}` };
}
