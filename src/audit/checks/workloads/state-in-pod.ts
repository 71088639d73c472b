import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { celeryOf } from "../../view/celery.ts";
import { optionOf } from "../../view/commandLine.ts";
import { subjectOf } from "../../view/kube.ts";
import { linesMatching, PYTHON } from "../../view/repository.ts";
import { writtenValues } from "../../view/writtenValues.ts";

export const stateInPod: AuditCheck = {
  id: "workloads/state-in-pod",
  severity: "warns",
  title: "The application keeps state in its own pod",
  reason:
    "What one process writes beside itself, another pod never sees: a SQLite file, sessions or a cache in files, uploads in `MEDIA_ROOT`, rate limits counted in the process's memory. With one pod it worked; with two, every second " +
    "request meets the other half. None of it survives a restart either.",
  sources: [
    "https://docs.djangoproject.com/en/stable/topics/cache/",
    "https://docs.djangoproject.com/en/stable/topics/http/sessions/",
    "https://12factor.net/processes",
  ],
  find,
};

const KEPT: readonly (readonly [pattern: RegExp, fix: string])[] = [
  [/django\.db\.backends\.sqlite3|^\s*[\w"'[\]]*DATABASE_URL\W.*sqlite:\/\//, "Keep it in Postgres."],
  [/FileBasedCache/, "Use Redis: django.core.cache.backends.redis.RedisCache."],
  [
    /LocMemCache/,
    "Use Redis (django.core.cache.backends.redis.RedisCache) for whatever is counted or must be seen by all.",
  ],
  [
    /contrib\.sessions\.backends\.file/,
    "Keep sessions in the database or in Redis: django.contrib.sessions.backends.cached_db.",
  ],
  [
    /core\.files\.storage\.FileSystemStorage/,
    "Keep uploads in object storage: storages.backends.s3.S3Storage.",
  ],
];

/** Settings of tests and of a developer's machine are not deployed. */
const NOT_DEPLOYED = /(^|\/)(tests?|conftest|dev|development|local)(\/|[._-][^/]*$|\.py$)/;

function find(context: AuditContext): readonly Hit[] {
  return [...inSettings(context), ...uploads(context), ...inEnvironment(context), ...schedules(context)];
}

const OBJECT_STORAGE = /\bstorages\.backends\b|\b(S3(Boto3?)?|GoogleCloud|Azure)Storage\b/;

/** Django keeps uploads in files unless a storage is named somewhere. */
function uploads(context: AuditContext): readonly Hit[] {
  if (linesMatching(context, PYTHON, OBJECT_STORAGE).length > 0) return [];
  return linesMatching(context, PYTHON, /^\s*MEDIA_ROOT\s*=/)
    .filter(({ at }) => !NOT_DEPLOYED.test(at.file))
    .map(({ at, shown }) => ({
      subject: at.file,
      evidence: `${shown}, and no object storage in any settings`,
      fix: "Keep uploads in object storage: storages.backends.s3.S3Storage. Without uploads, take MEDIA_ROOT out.",
      at,
    }));
}

/** Beat writes down when it last ran what, in a file of its pod, unless its scheduler keeps that elsewhere. */
function schedules(context: AuditContext): readonly Hit[] {
  if (linesMatching(context, PYTHON, /\bbeat_scheduler\s*=/i).length > 0) return [];
  return context.product.workloads.flatMap((workload) =>
    celeryOf(workload)
      .filter(
        ({ hasBeat, words }) => hasBeat && optionOf(words, "-S", "--scheduler", "-s", "--schedule") === null,
      )
      .map(({ container }) => ({
        subject: subjectOf(workload.object),
        evidence: `container ${container.name}: celery beat keeps celerybeat-schedule in its pod`,
        fix: "Harmless while every task is due by the clock (crontab). One that is due every so often begins anew with each new pod, so that a daily one may never run: keep the schedule in the database, -S django_celery_beat.schedulers:DatabaseScheduler.",
        severity: "informs" as const,
      })),
  );
}

function inSettings(context: AuditContext): readonly Hit[] {
  return KEPT.flatMap(([pattern, fix]) =>
    linesMatching(context, PYTHON, pattern)
      .filter(({ at }) => !NOT_DEPLOYED.test(at.file))
      .map(({ at, shown }) => ({ subject: at.file, evidence: shown, fix, at })),
  );
}

function inEnvironment(context: AuditContext): readonly Hit[] {
  return writtenValues(context, ({ value }) =>
    /^(sqlite3?|filecache|locmem(cache)?|file):\/\//.test(value),
  ).map(({ subject, evidence, variable: { name } }) => ({
    subject,
    evidence,
    fix: `Let ${name} name a server (postgres://…, redis://…) that every pod reaches.`,
  }));
}
