import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { originOf } from "../../view/environment.ts";
import { subjectOf } from "../../view/kube.ts";
import { mountedFiles } from "../../view/mountedFiles.ts";
import type { Workload } from "../../view/workload.ts";

export const transactionPool: AuditCheck = {
  id: "data/transaction-pool",
  severity: "warns",
  title: "A transaction pool and Django's cursors do not go together",
  reason:
    "A pool in transaction mode gives each transaction any server connection. Django's `.iterator()` keeps a cursor open across them and fails (`cursor does not exist`) unless `DISABLE_SERVER_SIDE_CURSORS` is set. " +
    "LISTEN/NOTIFY, session advisory locks and migrations do not work through it either: migrations need the direct address. The managed server's 22 connections make such a pool likely.",
  sources: [
    "https://docs.djangoproject.com/en/stable/ref/databases/#transaction-pooling-server-side-cursors",
    "https://www.pgbouncer.org/features.html",
  ],
  find,
};

function find(context: AuditContext): readonly Hit[] {
  const settings = (context.facts.repository?.files ?? []).filter(
    ({ path, text }) => path.endsWith(".py") && /DATABASES\b/.test(text),
  );
  const careless = settings.filter(({ text }) => !/DISABLE_SERVER_SIDE_CURSORS/i.test(text));
  if (settings.length === 0 || careless.length < settings.length) return [];
  return context.cluster.workloads.flatMap((workload) => {
    const evidence = poolEvidence(workload, context);
    if (evidence === null) return [];
    return [
      {
        subject: subjectOf(workload.object),
        evidence: `${evidence}; no DISABLE_SERVER_SIDE_CURSORS in ${careless.map(({ path }) => path).join(", ")}`,
        fix: 'In the settings: DATABASES["default"]["DISABLE_SERVER_SIDE_CURSORS"] = True. Let the migration job use the direct address.',
      },
    ];
  });
}

function poolEvidence(workload: Workload, { cluster }: AuditContext): string | null {
  const variable = cluster
    .environmentOf(workload)
    .find(({ name, value }) => /POOL_MODE$/.test(name) && value === "transaction");
  if (variable !== undefined) {
    const { container, name, value, source } = variable;
    return `container ${container}: ${name}=${value} (${originOf(source, workload.namespace)})`;
  }
  const file = mountedFiles(workload, cluster).find(({ text }) =>
    /^\s*pool_mode\s*=\s*transaction\b/m.test(text),
  );
  return file === undefined
    ? null
    : `${subjectOf(file.configMap)}, file ${file.key}: pool_mode = transaction`;
}
