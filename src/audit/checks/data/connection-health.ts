import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { linesMatching, PYTHON } from "../../view/repository.ts";

export const connectionHealth: AuditCheck = {
  id: "data/connection-health",
  severity: "warns",
  title: "Kept connections are not looked at before they are used",
  reason:
    "A managed server restarts for its weekly maintenance and when it fails over. Django keeps connections open (`CONN_MAX_AGE`) and finds out only when a request has failed on one that is dead. `CONN_HEALTH_CHECKS` asks first. " +
    "The switch itself ends every connection too.",
  sources: [
    "https://docs.djangoproject.com/en/stable/ref/settings/#conn-health-checks",
    "https://docs.digitalocean.com/products/databases/postgresql/how-to/update-maintenance-window/",
  ],
  find,
};

const KEPT = /\bCONN_MAX_AGE["'\]]*\s*[:=]\s*(?!0\b)\S|\bconn_max_age\s*=\s*(?!0\b)\S/;

function find(context: AuditContext): readonly Hit[] {
  if (!context.stores.some(({ kind, leavesCluster }) => kind === "postgres" && leavesCluster)) return [];
  const checked = new Set(
    (context.facts.repository?.files ?? [])
      .filter(({ text }) => /\bconn_health_checks["'\]]*\s*[:=]\s*True/i.test(text))
      .map(({ path }) => path),
  );
  return linesMatching(context, PYTHON, KEPT)
    .filter(({ at }) => !checked.has(at.file))
    .map(({ at, shown }) => ({
      subject: at.file,
      evidence: shown,
      fix: "Add CONN_HEALTH_CHECKS: True beside CONN_MAX_AGE (dj_database_url: conn_health_checks=True).",
      at,
    }));
}
