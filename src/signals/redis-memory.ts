import type { Scope, SignalOptions } from "../model/settings.ts";
import type { SignalDefinition, Source } from "./definition.ts";
import { selectWith } from "./promql.ts";

export const redisMemory: SignalDefinition = {
  id: "redis-memory",
  title: "memory of Redis",
  unit: "ratio",
  nature: { kind: "level" },
  defaults: { watch: 0.6, act: 0.8 },
  relief: {
    secondNode: "no",
    otherwise: "give Redis more memory, or let results and cache entries expire sooner",
  },
  sources,
  unmeasured: {
    why: "no reading of Redis' memory",
    fix: "Run redis_exporter beside Redis or the collector's redis receiver, and keep redis_memory_used_bytes and redis_memory_max_bytes.",
  },
};

/**
 * redis_exporter and the collector's redis receiver give the same name to the same number, so that
 * one Redis may be seen twice: the fullest is taken, never a sum. Each has its own name for
 * `maxmemory`, which is 0 while it is not set.
 */
function sources({ match, redisLimitBytes }: Scope, options: SignalOptions): readonly Source[] {
  const select = selectWith(match, options.match);
  const perServer = (name: string) => `max by (job, instance) (${select(name)})`;
  const used = perServer("redis_memory_used_bytes");
  const limit = [
    `${perServer("redis_memory_max_bytes")} > 0`,
    `${perServer("redis_maxmemory_bytes")} > 0`,
    `0 * ${used} + ${redisLimitBytes}`,
  ].join(" or ");
  return [
    {
      id: "redis",
      needs: [select("redis_memory_used_bytes")],
      reading: { kind: "value", expr: `max(${used} / (${limit}))` },
    },
  ];
}
