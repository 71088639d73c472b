import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { linesMatching, PYTHON } from "../../view/repository.ts";

export const laterTasks: AuditCheck = {
  id: "data/later-tasks",
  severity: "informs",
  title: "Tasks for later wait in no queue",
  reason:
    "A task with an eta or a countdown, and one that is tried again later, is fetched at once and kept by a worker as unacknowledged until its time has come: an empty queue says nothing of it. Left behind in the old " +
    "Redis at the switch, it is lost. Whoever switches waits until unacked is empty as well, or carries it over.",
  sources: [
    "https://docs.celeryq.dev/en/stable/userguide/calling.html#eta-and-countdown",
    "https://docs.celeryq.dev/en/stable/getting-started/backends-and-brokers/redis.html",
  ],
  find,
};

function find(context: AuditContext): readonly Hit[] {
  if (!context.stores.some(({ kind, leavesCluster }) => kind === "redis" && leavesCluster)) return [];
  const lines = linesMatching(
    context,
    PYTHON,
    /\b(apply_async|retry|signature|set)\s*\(.*\b(eta|countdown)\s*=|\b(default_retry_delay|retry_backoff)\s*=/,
  );
  const [first] = lines;
  if (first === undefined) return [];
  return [
    {
      subject: `file ${first.at.file}`,
      evidence: lines.map(({ at, shown }) => `${at.file}:${at.line} ${shown}`).join("\n"),
      fix: "Before the switch, with beat and web stopped: redis-cli ZCARD unacked_index must be 0 as LLEN celery is. What is due only tomorrow is sent again by hand, or the switch waits.",
      at: first.at,
    },
  ];
}
