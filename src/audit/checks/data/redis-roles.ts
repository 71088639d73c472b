import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { isBroker, variablesOf } from "../../view/broker.ts";
import { subjectOf } from "../../view/kube.ts";
import { linesMatching, PYTHON } from "../../view/repository.ts";
import type { DataStore } from "../../view/stores.ts";

export const redisRoles: AuditCheck = {
  id: "data/redis-roles",
  severity: "warns",
  title: "One Redis is the cache and the queue",
  reason:
    "A cache wants to forget when memory is full, a queue must not. In one server one of them loses: with `noeviction` a full cache stops the queue from taking tasks, with any other policy the queue may lose some. Two database numbers do not " +
    "help, the policy is the server's. A cache of its own may stay in the cluster: nothing is lost with it.",
  sources: [
    "https://docs.celeryq.dev/en/stable/getting-started/backends-and-brokers/redis.html",
    "https://docs.digitalocean.com/products/databases/valkey/how-to/choose-eviction-policies/",
  ],
  find,
};

function find(context: AuditContext): readonly Hit[] {
  const [cache] = linesMatching(
    context,
    PYTHON,
    /django_redis\.cache\.RedisCache|cache\.backends\.redis\.RedisCache/,
  );
  return context.stores
    .filter(({ kind, consumers }) => kind === "redis" && consumers.some(isBroker))
    .flatMap((store) => {
      const named = cacheVariables(store);
      const seen =
        named.length > 0
          ? named
          : onlyAddress(store) && cache !== undefined
            ? [`${cache.at.file}: ${cache.shown}`]
            : [];
      if (seen.length === 0) return [];
      const { namespace, name } = store.service;
      return [
        {
          subject: `Service ${namespace}/${name}`,
          evidence: `the queue is there, and the cache too: ${seen.join("; ")}`,
          fix: "Give the cache a Redis of its own (a Deployment without a volume, maxmemory-policy allkeys-lru), and leave the queue alone with noeviction.",
        },
      ];
    });
}

function cacheVariables({ consumers }: DataStore): readonly string[] {
  return consumers.flatMap((consumer) => {
    const names = variablesOf(consumer).filter((name) => /CACHE/.test(name));
    return [...new Set(names)].map((name) => `${name} of ${subjectOf(consumer.workload.object)}`);
  });
}

/** Every consumer knows the store by one variable: whatever the settings cache in is that one. */
function onlyAddress({ consumers }: DataStore): boolean {
  return new Set(consumers.flatMap(variablesOf)).size === 1;
}
