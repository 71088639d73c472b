import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { isBroker } from "../../view/broker.ts";
import { settingOf } from "../../view/storeSettings.ts";

export const redisEviction: AuditCheck = {
  id: "data/redis-eviction",
  severity: "blocks",
  title: "Redis may throw queued tasks away",
  reason:
    "With an `allkeys-*` policy Redis deletes any key when its memory is full, a queue of tasks as readily as a cached page, and nobody is told. A broker needs `noeviction`: then writes are " +
    "refused, which is seen. A cache and a broker in one Redis want two policies; two database numbers do not help, the policy belongs to the server. " +
    "Carried over to the managed store the policy does the same harm there.",
  sources: [
    "https://docs.celeryq.dev/en/stable/getting-started/backends-and-brokers/redis.html",
    "https://docs.digitalocean.com/products/databases/valkey/how-to/choose-eviction-policies/",
  ],
  find,
};

function find({ stores, cluster }: AuditContext): readonly Hit[] {
  return stores
    .filter(({ kind }) => kind === "redis")
    .flatMap((store) => {
      const policy = settingOf(store, "maxmemory-policy", cluster);
      if (policy === null || policy.value === "noeviction" || !store.consumers.some(isBroker)) return [];
      const isAnyKey = policy.value.startsWith("allkeys");
      return [
        {
          subject: policy.subject,
          evidence: `${policy.text}; Celery keeps its queue there`,
          fix: "Set maxmemory-policy noeviction, here and on the store it moves to (doctl databases configuration, or PUT /v2/databases/ID/eviction_policy), and give a cache a Redis of its own.",
          // `volatile-*` spares keys without a time to live: queues, but not results.
          ...(isAnyKey ? {} : { severity: "warns" as const }),
        },
      ];
    });
}
