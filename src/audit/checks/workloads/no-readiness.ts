import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { subjectOf } from "../../view/kube.ts";

export const noReadiness: AuditCheck = {
  id: "workloads/no-readiness",
  severity: "warns",
  title: "Traffic goes to pods that are not ready",
  reason:
    "Without a readiness probe a pod gets requests as soon as its process runs, and a rollout goes on to the next pod at once. Spreading web over two hosts is a rollout: visitors would see errors during each start. " +
    "The probe also takes a pod out of the balance that cannot reach the database over the new network.",
  sources: ["https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/"],
  find,
};

function find(context: AuditContext): readonly Hit[] {
  return context.product.web.flatMap(({ object, podSpec }) => {
    const containers = podSpec.containers ?? [];
    if (containers.length === 0 || containers.some(({ readinessProbe }) => readinessProbe !== undefined))
      return [];
    const port = containers[0]?.ports?.[0]?.containerPort ?? 8000;
    return [
      {
        subject: subjectOf(object),
        evidence: `no readinessProbe in ${containers.map(({ name }) => `container ${name}`).join(", ")}`,
        fix: `Add to container ${containers[0]?.name}, with a page that needs the database: readinessProbe: { httpGet: { path: /healthz, port: ${port} }, periodSeconds: 5 }`,
      },
    ];
  });
}
