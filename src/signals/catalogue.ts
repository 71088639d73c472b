import { celeryAge } from "./celery-age.ts";
import { celeryDepth } from "./celery-depth.ts";
import type { SignalDefinition } from "./definition.ts";
import { http5xx } from "./http-5xx.ts";
import { latencyP95 } from "./latency-p95.ts";
import { latencyP99 } from "./latency-p99.ts";
import { nodeCpu } from "./node-cpu.ts";
import { nodeMemory } from "./node-memory.ts";
import { oomKills } from "./oom-kills.ts";
import { podRestarts } from "./pod-restarts.ts";
import { postgresConnections } from "./postgres-connections.ts";
import { postgresLatencyP95 } from "./postgres-latency-p95.ts";
import { redisMemory } from "./redis-memory.ts";
import { webThrottling } from "./web-throttling.ts";

/** The thirteen signals, in the order in which they are shown. */
export const CATALOGUE: readonly SignalDefinition[] = [
  nodeCpu,
  webThrottling,
  nodeMemory,
  oomKills,
  latencyP95,
  latencyP99,
  postgresConnections,
  postgresLatencyP95,
  redisMemory,
  celeryDepth,
  celeryAge,
  http5xx,
  podRestarts,
];

/** `null` for a signal of the user's own. */
export function definitionOf(id: string): SignalDefinition | null {
  return CATALOGUE.find((definition) => definition.id === id) ?? null;
}
