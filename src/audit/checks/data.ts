import type { AuditCheck } from "../check.ts";
import { backupOnHost } from "./data/backup-on-host.ts";
import { beatTwice } from "./data/beat-twice.ts";
import { closedEgress } from "./data/closed-egress.ts";
import { collation } from "./data/collation.ts";
import { connectionBudget } from "./data/connection-budget.ts";
import { connectionHealth } from "./data/connection-health.ts";
import { exposedStore } from "./data/exposed-store.ts";
import { extensions } from "./data/extensions.ts";
import { laterTasks } from "./data/later-tasks.ts";
import { lostExporter } from "./data/lost-exporter.ts";
import { managedEngine } from "./data/managed-engine.ts";
import { managedSize } from "./data/managed-size.ts";
import { maxConnections } from "./data/max-connections.ts";
import { namedInResource } from "./data/named-in-resource.ts";
import { oldBackup } from "./data/old-backup.ts";
import { postgresAddress } from "./data/postgres-address.ts";
import { postgresMove } from "./data/postgres-move.ts";
import { postgresVersion } from "./data/postgres-version.ts";
import { redisAddress } from "./data/redis-address.ts";
import { redisEviction } from "./data/redis-eviction.ts";
import { redisIdle } from "./data/redis-idle.ts";
import { redisPersistence } from "./data/redis-persistence.ts";
import { redisRoles } from "./data/redis-roles.ts";
import { redissCertificate } from "./data/rediss-certificate.ts";
import { sentinelMajority } from "./data/sentinel-majority.ts";
import { tlsOff } from "./data/tls-off.ts";
import { transactionPool } from "./data/transaction-pool.ts";
import { trustedSources } from "./data/trusted-sources.ts";
import { unknownAddress } from "./data/unknown-address.ts";
import { valkeyScheme } from "./data/valkey-scheme.ts";
import { visibilityTimeout } from "./data/visibility-timeout.ts";
import { walLevel } from "./data/wal-level.ts";

/** Who uses Postgres and Redis, and what each of them must change. */
export const DATA: readonly AuditCheck[] = [
  backupOnHost,
  beatTwice,
  closedEgress,
  collation,
  connectionBudget,
  connectionHealth,
  exposedStore,
  extensions,
  laterTasks,
  lostExporter,
  managedEngine,
  managedSize,
  maxConnections,
  namedInResource,
  oldBackup,
  postgresAddress,
  postgresMove,
  postgresVersion,
  redisAddress,
  redisEviction,
  redisIdle,
  redisPersistence,
  redisRoles,
  redissCertificate,
  sentinelMajority,
  tlsOff,
  transactionPool,
  trustedSources,
  unknownAddress,
  valkeyScheme,
  visibilityTimeout,
  walLevel,
];
