import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { field, subjectOf } from "../../view/kube.ts";

export const automaticUpgrade: AuditCheck = {
  id: "k3s/automatic-upgrade",
  severity: "warns",
  title: "k3s may upgrade itself in the middle of the move",
  reason:
    "A Plan of the system-upgrade-controller that follows a channel upgrades nodes whenever a release appears. During the move that puts " +
    "two versions into one cluster, and across 1.32 it also turns Traefik 2 into Traefik 3. One thing at a time.",
  sources: ["https://docs.k3s.io/upgrades/automated", "https://docs.k3s.io/networking/networking-services"],
  find,
};

function find({ cluster, facts }: AuditContext): readonly Hit[] {
  const running = facts.cluster?.version ?? "<as kubectl get nodes shows it>";
  return cluster
    .of("Plan")
    .filter(({ apiVersion }) => apiVersion.startsWith("upgrade.cattle.io/"))
    .flatMap((plan) => {
      const channel = field(plan, "spec", "channel");
      if (typeof channel !== "string" || field(plan, "spec", "version") !== undefined) return [];
      const name = `-n ${plan.metadata.namespace} plans.upgrade.cattle.io ${plan.metadata.name}`;
      return [
        {
          subject: subjectOf(plan),
          evidence: `spec.channel: ${channel}`,
          fix: `Name the version that runs now, until the move is over: kubectl patch ${name} --type merge -p '{"spec":{"channel":null,"version":"${running}"}}'`,
        },
      ];
    });
}
