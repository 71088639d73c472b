import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { type Line, linesMatching, PYTHON } from "../../view/repository.ts";

export const visibilityTimeout: AuditCheck = {
  id: "data/visibility-timeout",
  severity: "warns",
  title: "Unfinished tasks come back at the wrong time",
  reason:
    "A task that was handed out and not acknowledged within the visibility timeout (an hour) is handed out again: a longer task, or one with a later `eta`, runs twice or for ever. With several applications on one broker the shortest value holds for all, so " +
    "every place must say the same: broker, result backend, and the application itself. Two hosts make workers die more often, not less.",
  sources: [
    "https://docs.celeryq.dev/en/stable/getting-started/backends-and-brokers/redis.html",
    "https://github.com/celery/celery/issues/5935",
  ],
  find,
};

function find(context: AuditContext): readonly Hit[] {
  const set = linesMatching(context, PYTHON, /["']?visibility_timeout["']?\s*[:=]\s*[\d_* ]+/);
  const values = new Set(set.map(({ text }) => secondsOf(text)));
  const [first] = set;
  if (first !== undefined && values.size > 1) return [different(first, set)];
  if (first !== undefined) return [];
  return linesMatching(context, PYTHON, /\b(CELERY_TASK_|task_|CELERY_)?acks_late\s*=\s*True/i)
    .slice(0, 1)
    .map(({ at, shown }) => ({
      subject: at.file,
      evidence: `${shown}; no visibility_timeout anywhere, so 3600 s`,
      fix: 'Set it above the longest task and the farthest eta: CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 7200}, and the same in CELERY_RESULT_BACKEND_TRANSPORT_OPTIONS.',
      at,
    }));
}

function different({ at }: Line, set: readonly Line[]): Hit {
  return {
    subject: at.file,
    evidence: set.map((line) => `${line.at.file}:${line.at.line} ${line.shown}`).join("; "),
    fix: "Write one value, above the longest task and the farthest eta, in all of these places.",
    at,
  };
}

/** `3600`, `60 * 60` and `3_600` are one value. */
function secondsOf(text: string): number {
  const written = /visibility_timeout["']?\s*[:=]\s*([\d_* ]+)/.exec(text)?.[1] ?? "";
  return written
    .replaceAll("_", "")
    .split("*")
    .reduce((product, factor) => product * Number(factor), 1);
}
