import {
  type ConnectionDemand,
  demandFix,
  demandText,
  OWN_CONNECTIONS,
} from "../../model/connectionDemand.ts";
import type { PostgresTargetFacts } from "../../model/postgresFacts.ts";
import { blocks, type PreflightCheck, type PreflightFinding, warns } from "./finding.ts";

const MOST_SKEW_MS = 2_000;
/** Before the application comes: three sessions make keys, and two look. */
const COPY_CONNECTIONS = 5;

/** Rights, versions, room: true of every driver. */
export const serverChecks: readonly PreflightCheck[] = [
  ({ source, target }) =>
    major(target.version) >= major(source.version)
      ? []
      : [
          blocks(
            "older-target",
            "the target",
            `PostgreSQL ${major(target.version)}, the source is ${major(source.version)}`,
            `Make the target anew with version ${major(source.version)} or later: an older one cannot take the schema.`,
          ),
        ],
  ({ source }) =>
    source.isSuperuser
      ? []
      : [
          blocks(
            "source-rights",
            "the source",
            "the role given is no superuser",
            "Give the role of POSTGRES_USER: stopping every role's writes, and the way back, need it.",
          ),
        ],
  ({ target }) => {
    const missing = [
      ...(target.mayCreateDatabases ? [] : ["CREATEDB"]),
      ...(target.mayCreateRoles ? [] : ["CREATEROLE"]),
    ];
    return missing.length === 0
      ? []
      : [
          blocks(
            "target-rights",
            `the role ${target.user} of the target`,
            `it has no ${missing.join(" and no ")}`,
            "Give the administrator's role (doadmin at DigitalOcean).",
          ),
        ];
  },
  ({ source, target }) =>
    target.namesake !== "foreign"
      ? []
      : [
          blocks(
            "name-taken",
            `the database ${source.database} on the target`,
            "it exists already, and this move did not make it",
            `Look what is in it; if nobody needs it: DROP DATABASE "${source.database}"; on the target.`,
          ),
        ],
  ({ source }) =>
    source.preparedTransactions.length === 0
      ? []
      : [
          blocks(
            "prepared-transactions",
            `the database ${source.database}`,
            `prepared transactions wait: ${source.preparedTransactions.join(", ")}`,
            "COMMIT PREPARED or ROLLBACK PREPARED each of them: such rows appear only then, after the move perhaps.",
          ),
        ],
  ({ source }) =>
    source.md5Roles.length === 0
      ? []
      : [
          blocks(
            "md5-passwords",
            `the roles ${source.md5Roles.join(", ")}`,
            "their passwords are stored as md5",
            "ALTER SYSTEM SET password_encryption = 'scram-sha-256'; SELECT pg_reload_conf(); then set each password again, to the same one.",
          ),
        ],
  ({ target, demand }) => {
    const free = target.connections - target.takenConnections;
    return Math.max(COPY_CONNECTIONS, demand.peak + OWN_CONNECTIONS) <= free
      ? []
      : [budget(target, demand, free)];
  },
  ({ source, target }) => {
    const skewMs = Math.abs(Date.parse(source.clock) - Date.parse(target.clock));
    return skewMs <= MOST_SKEW_MS
      ? []
      : [
          warns(
            "clock-skew",
            "the two servers' clocks",
            `they differ by ${Math.round(skewMs / 1000)} s`,
            "Let chrony or systemd-timesyncd run on node 1: rows written after the move would seem older than those before it.",
          ),
        ];
  },
  ({ source }) =>
    source.otherDatabases.length === 0
      ? []
      : [
          warns(
            "other-databases",
            `the databases ${source.otherDatabases.join(", ")}`,
            "they are on the same server, which has one set of roles",
            "Their users cannot log in either while writes are held, and after the move the old server lets nobody in. Move them first, or take them along.",
          ),
        ],
];

function budget(
  { connections, takenConnections: taken }: PostgresTargetFacts,
  demand: ConnectionDemand,
  free: number,
): PreflightFinding {
  const others = taken === 0 ? "" : `, ${taken} of them taken by others`;
  if (free < COPY_CONNECTIONS)
    return blocks(
      "connection-budget",
      "the target",
      `the move itself needs ${COPY_CONNECTIONS} connections of ${connections}${others}`,
      "End some, or take a larger size.",
    );
  return blocks(
    "connection-budget",
    "the target",
    `the application needs ${demandText(demand)}, of ${connections}${others}: ${demand.parts.join("; ")}`,
    demandFix(demand, free - OWN_CONNECTIONS, "a larger size"),
  );
}

function major(version: number): number {
  return Math.floor(version / 10_000);
}
