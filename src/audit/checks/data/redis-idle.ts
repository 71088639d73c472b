import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { linesMatching, PYTHON } from "../../view/repository.ts";

export const redisIdle: AuditCheck = {
  id: "data/redis-idle",
  severity: "warns",
  title: "The managed Redis hangs up on idle connections",
  reason:
    "DigitalOcean's Valkey closes a connection that was silent for 300 seconds. A web process that enqueues rarely then finds its connection dead, and the first task after a quiet time fails. Health checks or keep-alive, or a time-out of 0 on " +
    "the server, keep it. After a failover they also make a worker notice that its connection is gone.",
  sources: [
    "https://github.com/digitalocean/openapi/blob/main/specification/resources/databases/models/valkey_advanced_config.yml",
    "https://docs.celeryq.dev/en/stable/userguide/configuration.html",
  ],
  find,
};

const BROKER = /\b(CELERY_)?BROKER_URL\b|\bbroker_url\b/;
const CARE = /health_check_interval|socket_keepalive/i;

function find(context: AuditContext): readonly Hit[] {
  const isLeaving = context.stores.some(
    ({ kind, leavesCluster, size }) => kind === "redis" && leavesCluster && size !== null,
  );
  const files = context.facts.repository?.files ?? [];
  if (!isLeaving || files.some(({ path, text }) => PYTHON.test(path) && CARE.test(text))) return [];
  return linesMatching(context, PYTHON, BROKER)
    .slice(0, 1)
    .map(({ at, shown }) => ({
      subject: at.file,
      evidence: `${shown}; no health_check_interval and no socket_keepalive in any settings`,
      fix: 'CELERY_BROKER_TRANSPORT_OPTIONS = {"health_check_interval": 30, "socket_keepalive": True}, the same in CELERY_RESULT_BACKEND_TRANSPORT_OPTIONS and for the cache; or valkey_timeout: 0 on the server.',
      at,
    }));
}
