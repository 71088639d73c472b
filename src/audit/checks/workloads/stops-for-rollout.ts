import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { subjectOf } from "../../view/kube.ts";
import { rolloutOf } from "../../view/rollout.ts";

export const stopsForRollout: AuditCheck = {
  id: "workloads/stops-for-rollout",
  severity: "warns",
  title: "Every rollout stops the site",
  reason:
    "`Recreate`, or a rolling update that may take every pod away, was right when one host had no room for a second pod. Each change of the address, each restart of the move then is an outage of as long as a start takes.",
  sources: ["https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#strategy"],
  find,
};

function find(context: AuditContext): readonly Hit[] {
  return context.product.web.flatMap((workload) => {
    const { type, surge, unavailable } = rolloutOf(workload);
    const replicas = workload.replicas ?? 1;
    if (workload.kind !== "Deployment" || replicas === 0) return [];
    if (type !== "Recreate" && (surge > 0 || unavailable < replicas)) return [];
    const settings = type === "Recreate" ? "" : `, maxSurge ${surge}, maxUnavailable ${unavailable}`;
    return [
      {
        subject: subjectOf(workload.object),
        evidence: `strategy ${type}${settings}, ${replicas} ${replicas === 1 ? "replica" : "replicas"}`,
        fix: "Set strategy: { type: RollingUpdate, rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } }; two hosts have the room.",
      },
    ];
  });
}
