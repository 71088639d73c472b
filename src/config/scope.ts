import type { Labels, Scope, Workload } from "../model/settings.ts";
import type { Config } from "./config.ts";
import type { Cursor } from "./cursor.ts";
import { isMapping, readBytes, readObjectRef, readSecret, readText, required } from "./readers.ts";

const GIBIBYTE = 1024 ** 3;

/** The user's names that queries need. */
export function readScope(root: Cursor, match: Labels): Scope {
  const workloads = root.get("workloads");
  isMapping(workloads, ["web", "worker"]);
  const redis = root.get("redis");
  return {
    match,
    web: readWorkload(workloads.get("web")) ?? null,
    worker: readWorkload(workloads.get("worker")) ?? null,
    database: readText(root.get("postgres").get("database")) ?? null,
    redisLimitBytes: readBytes(redis.get("limit")) ?? GIBIBYTE,
  };
}

function readWorkload(cursor: Cursor): Workload | undefined {
  if (!isMapping(cursor, ["deployment", "container", "service"])) return undefined;
  const example = "deployment: default/glaze-web";
  const deployment = required(cursor.get("deployment"), readObjectRef, example);
  const container = readText(cursor.get("container")) ?? null;
  const service = readText(cursor.get("service")) ?? null;
  return deployment === undefined ? undefined : { ...deployment, container, service };
}

export function readPostgres(cursor: Cursor): Config["postgres"] {
  if (!isMapping(cursor, ["service", "database", "user", "password"])) return null;
  const service = required(cursor.get("service"), readObjectRef, "service: default/glaze-postgres");
  const user = readText(cursor.get("user")) ?? null;
  const password = readSecret(cursor.get("password")) ?? null;
  return service === undefined ? null : { service, user, password };
}

export function readRedis(cursor: Cursor): Config["redis"] {
  if (!isMapping(cursor, ["service", "limit"])) return null;
  const service = required(cursor.get("service"), readObjectRef, "service: default/glaze-redis");
  return service === undefined ? null : { service };
}
