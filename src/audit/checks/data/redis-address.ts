import type { AuditCheck } from "../../check.ts";
import { addressHits } from "../../view/addressHits.ts";

export const redisAddress: AuditCheck = {
  id: "data/redis-address",
  severity: "blocks",
  title: "A consumer of Redis does not follow its address",
  reason:
    "When Redis moves, producers and workers must look elsewhere at one moment: a web pod that still enqueues into the old Redis loses those tasks without an error. Where the " +
    "address is written in a chart, a ConfigMap or a command line, changing a `REDIS_URL` secret changes nothing. The managed one wants TLS (`rediss://`) and " +
    "`ssl_cert_reqs`, so the whole URL changes, not only the host.",
  sources: [
    "https://docs.celeryq.dev/en/stable/getting-started/backends-and-brokers/redis.html",
    "https://github.com/celery/celery/issues/5371",
  ],
  find: (context) => addressHits("redis", context),
};
