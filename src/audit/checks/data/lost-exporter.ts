import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { subjectOf } from "../../view/kube.ts";

export const lostExporter: AuditCheck = {
  id: "data/lost-exporter",
  severity: "warns",
  title: "The exporter goes with the database",
  reason:
    "An exporter in the same pod as the store reads it over localhost. When the store moves, its pod is scaled to nothing and the exporter with it: connections, latency and memory have no data any more, from the very evening on which they " +
    "matter most. An exporter that reads a managed store is a Deployment of its own, with the new address.",
  sources: [
    "https://github.com/prometheus-community/postgres_exporter",
    "https://github.com/oliver006/redis_exporter",
  ],
  find,
};

function find({ stores }: AuditContext): readonly Hit[] {
  return stores
    .filter(({ leavesCluster }) => leavesCluster)
    .flatMap(({ kind, workloads }) =>
      workloads.flatMap(({ object, podSpec }) =>
        (podSpec.containers ?? [])
          .filter(({ name, image = "" }) => /exporter/.test(image) || /exporter/.test(name))
          .map(({ name, image }) => ({
            subject: subjectOf(object),
            evidence: `container ${name}: ${image}, beside the ${kind === "postgres" ? "Postgres" : "Redis"} it reads`,
            fix: `Run ${image} as a Deployment of its own, with its address from the same Secret as the application's, before the switch.`,
          })),
      ),
    );
}
