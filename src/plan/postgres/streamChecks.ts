import { blocks, type PreflightCheck, warns } from "./finding.ts";
import { lockRoomFor } from "./lockRoomFor.ts";

const LONG_TRANSACTION_MS = 60_000;
/** The subscription's, the one of the touched rows, and those of first copies under way. */
const SLOTS = 4;
/** One that follows, and one that copies. */
const WORKERS = 2;

/** What streaming needs beyond a plain copy. */
export const streamChecks: readonly PreflightCheck[] = [
  ({ source }) =>
    source.walLevel === "logical"
      ? []
      : [
          blocks(
            "wal-level",
            "the source",
            `wal_level = ${source.walLevel}`,
            "ALTER SYSTEM SET wal_level = 'logical'; then restart the pod (kubectl rollout restart statefulset/…): seconds without a database. Or take the offline driver, which needs no restart and a longer pause.",
          ),
        ],
  ({ source }) =>
    source.freeSlots >= SLOTS && source.freeSenders >= SLOTS
      ? []
      : [
          blocks(
            "slots",
            "the source",
            `${source.freeSlots} replication slots and ${source.freeSenders} senders are free, ${SLOTS} are needed`,
            "ALTER SYSTEM SET max_replication_slots = 10; ALTER SYSTEM SET max_wal_senders = 10; and restart.",
          ),
        ],
  ({ target }) =>
    target.maySubscribe
      ? []
      : [
          blocks(
            "subscribe",
            `the role ${target.user} of the target`,
            "it may not create a subscription",
            "GRANT pg_create_subscription to it (PostgreSQL 16 and later), or ask the provider for that or for aiven_extras, or let its own migration follow (target.postgres.onlineMigration).",
          ),
        ],
  ({ target }) =>
    target.replicationWorkers >= WORKERS
      ? []
      : [
          blocks(
            "replication-workers",
            "the target",
            `${target.replicationWorkers} workers may replicate, ${WORKERS} are needed`,
            "Raise max_logical_replication_workers and max_worker_processes there, and restart it; a managed server has them in its configuration.",
          ),
        ],
  // Whoever subscribes locks every table.
  ({ source, target }) => lockRoomFor(source.tables, target.lockRoom, "the target"),
  ({ source }) =>
    source.tablesWithoutIdentity.length === 0
      ? []
      : [
          blocks(
            "identity",
            `the tables ${source.tablesWithoutIdentity.join(", ")}`,
            "nothing names a row of theirs; publishing them would make the application's UPDATE and DELETE fail on the source at once",
            `Give each a primary key, or: ${source.tablesWithoutIdentity.map((name) => `ALTER TABLE ${name} REPLICA IDENTITY FULL;`).join(" ")}`,
          ),
        ],
  ({ source }) =>
    source.tablesWithoutEquality.length === 0
      ? []
      : [
          blocks(
            "equality",
            `the tables ${source.tablesWithoutEquality.join(", ")}`,
            "REPLICA IDENTITY FULL compares whole rows, and json, xml and geometric types have no equality",
            "Give each a primary key, or change json to jsonb.",
          ),
        ],
  ({ source }) =>
    source.alwaysTriggers.length === 0
      ? []
      : [
          blocks(
            "always-triggers",
            `the triggers ${source.alwaysTriggers.join(", ")}`,
            "ENABLE ALWAYS or REPLICA: they would fire a second time for every row that arrives",
            "ALTER TABLE … ENABLE TRIGGER … for the time of the move, or take the offline driver.",
          ),
        ],
  ({ source }) =>
    source.largeObjects === 0
      ? []
      : [
          blocks(
            "large-objects",
            `${source.largeObjects} large objects`,
            "logical replication does not carry them",
            "Take the offline driver, which does, or move them into a bytea column.",
          ),
        ],
  ({ source }) =>
    source.unloggedTables.length === 0
      ? []
      : [
          warns(
            "unlogged",
            `the unlogged tables ${source.unloggedTables.join(", ")}`,
            "their rows are not replicated",
            "They are empty on the target. If that is not right, ALTER TABLE … SET LOGGED before the move.",
          ),
        ],
  ({ source }) =>
    source.oldestTransactionMs < LONG_TRANSACTION_MS
      ? []
      : [
          warns(
            "long-transaction",
            "the source",
            `a transaction has been running for ${Math.round(source.oldestTransactionMs / 60_000)} min`,
            "The copy begins only when it is over. End it if nobody needs it: SELECT pid, query FROM pg_stat_activity ORDER BY xact_start LIMIT 1;",
          ),
        ],
  ({ source }) =>
    source.slotKeepBytes !== null
      ? []
      : [
          warns(
            "slot-keep",
            "the source",
            "max_slot_wal_keep_size = -1: should the target be away for long, changes kept for it fill the disk",
            "ALTER SYSTEM SET max_slot_wal_keep_size = '2GB'; SELECT pg_reload_conf(); with about half of the free space. Losing the copy is better than losing production.",
          ),
        ],
];
