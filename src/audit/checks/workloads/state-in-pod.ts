import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
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
  return [...inSettings(context), ...inEnvironment(context)];
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
