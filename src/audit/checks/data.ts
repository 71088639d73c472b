import type { AuditCheck } from "../check.ts";
import { beatTwice } from "./data/beat-twice.ts";
import { connectionBudget } from "./data/connection-budget.ts";
import { oldBackup } from "./data/old-backup.ts";
import { postgresAddress } from "./data/postgres-address.ts";
import { redisAddress } from "./data/redis-address.ts";
import { redisEviction } from "./data/redis-eviction.ts";
import { sentinelMajority } from "./data/sentinel-majority.ts";
import { unknownAddress } from "./data/unknown-address.ts";
import { valkeyScheme } from "./data/valkey-scheme.ts";

/** Who uses Postgres and Redis, and what each of them must change. */
export const DATA: readonly AuditCheck[] = [
  postgresAddress,
  redisAddress,
  unknownAddress,
  connectionBudget,
  oldBackup,
  beatTwice,
  redisEviction,
  sentinelMajority,
  valkeyScheme,
];
