import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { linesLike, placeText, quoted } from "../../view/deployFiles.ts";
import { subjectOf } from "../../view/kube.ts";
import type { Workload } from "../../view/workload.ts";

export const entrypointMigrations: AuditCheck = {
  id: "deploy/entrypoint-migrations",
  severity: "warns",
  title: "Every replica migrates the database when it starts",
  reason:
    "One pod that migrates before it serves is fine. Two that start at the same time, on two hosts, run the same migrations against one " +
    "another: locks, half-applied changes, or a pod that serves against a schema that is not there yet. A Job migrates once per deploy.",
  sources: [
    "https://helm.sh/docs/topics/charts_hooks/",
    "https://docs.djangoproject.com/en/5.2/topics/migrations/",
  ],
  find,
};

const MIGRATES =
  /\bmanage\.py\s+migrate\b|\bdjango-admin\s+migrate\b|\balembic\s+upgrade\b|\bflask\s+db\s+upgrade\b|\b(rails|rake)\s+db:migrate\b|\bprisma\s+migrate\s+deploy\b|\bknex\s+migrate:latest\b/;
const LASTING = ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"];
const ENTRYPOINT = /(^|\/)(Dockerfile[\w.-]*|[\w-]*entrypoint[\w.-]*|start(-web)?\.sh|run\.sh)$/;

function find(context: AuditContext): readonly Hit[] {
  const workloads = context.cluster.workloads.filter(({ kind }) => LASTING.includes(kind));
  return [...workloads.flatMap((workload) => podHits(workload, context)), ...fileHits(context)];
}

function podHits({ object, podSpec }: Workload, context: AuditContext): readonly Hit[] {
  const { initContainers = [], containers = [] } = podSpec;
  return [...initContainers, ...containers].flatMap(({ name, command = [], args = [] }) => {
    const line = [...command, ...args].join(" ");
    if (!MIGRATES.test(line)) return [];
    return [
      { subject: subjectOf(object), evidence: `container ${name}: ${quoted(line)}`, fix: fixOf(context) },
    ];
  });
}

function fileHits(context: AuditContext): readonly Hit[] {
  return linesLike(context, MIGRATES)
    .filter(({ at }) => ENTRYPOINT.test(at.file))
    .map(({ at, text }) => ({
      subject: `file ${at.file}`,
      evidence: `${placeText(at)}: ${quoted(text)}`,
      fix: fixOf(context),
      at,
    }));
}

function fixOf({ cluster }: AuditContext): string {
  const job = cluster.workloads.find(
    ({ kind, podSpec }) =>
      kind === "Job" &&
      (podSpec.containers ?? []).some(({ command = [], args = [] }) =>
        MIGRATES.test([...command, ...args].join(" ")),
      ),
  );
  return job === undefined
    ? 'Take it out there, and migrate in a Job of the chart with the annotation "helm.sh/hook": pre-upgrade,pre-install.'
    : `Take it out there: ${subjectOf(job.object)} migrates already.`;
}
