import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { wordsOf } from "../../view/commandLine.ts";
import type { Container } from "../../view/kube.ts";
import { subjectOf } from "../../view/kube.ts";
import { spreadWorkloads } from "../../view/product.ts";
import { linesMatching } from "../../view/repository.ts";
import { mostReplicas } from "../../view/rollout.ts";

export const migrationRace: AuditCheck = {
  id: "data/migration-race",
  severity: "warns",
  title: "Every pod migrates the database when it starts",
  reason:
    "With one pod a `migrate` before the server is harmless. Two pods that start together run the same migrations at the same time: one waits on locks, or both fail half-way. A pod that is moved to the second host " +
    "migrates too, in the middle of the day. A Job that runs once before each upgrade (a Helm hook) does it once.",
  sources: [
    "https://helm.sh/docs/topics/charts_hooks/",
    "https://docs.djangoproject.com/en/stable/topics/migrations/",
  ],
  find,
};

const MIGRATE =
  /\b(manage\.py|django-admin|python -m django) migrate\b|\balembic upgrade\b|\bflask db upgrade\b/;

function find(context: AuditContext): readonly Hit[] {
  const spread = new Set(spreadWorkloads(context));
  const inPods = context.cluster.workloads
    .filter(({ kind }) => kind === "Deployment" || kind === "StatefulSet")
    .filter((workload) => spread.has(workload) || mostReplicas(workload, context.cluster) > 1)
    .flatMap(({ object, podSpec }) => {
      const { initContainers = [], containers = [] } = podSpec;
      const found = [...initContainers, ...containers].find((container) => MIGRATE.test(lineOf(container)));
      if (found === undefined) return [];
      const evidence = `container ${found.name}: ${lineOf(found)}`;
      return [{ subject: subjectOf(object), evidence, fix: fixFor(`container ${found.name}`) }];
    });
  return [...inPods, ...inEntryPoints(context)];
}

function inEntryPoints(context: AuditContext): readonly Hit[] {
  return linesMatching(context, /(^|\/)[\w-]*(entrypoint|start)[\w-]*(\.sh)?$/, MIGRATE).map(
    ({ at, text }) => ({
      subject: at.file,
      evidence: text,
      fix: fixFor(at.file),
      at,
    }),
  );
}

function lineOf(container: Container): string {
  return wordsOf(container).join(" ");
}

function fixFor(place: string): string {
  return `Take the migration out of ${place} and run it in a Job with the annotation helm.sh/hook: pre-upgrade.`;
}
