import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { field, subjectOf } from "../../view/kube.ts";
import { loadBalancers } from "../../view/services.ts";
import { lastOf, settingsNamed, settingText } from "../../view/settings.ts";

export const externalIp: AuditCheck = {
  id: "network/external-ip",
  severity: "warns",
  title: "A Service that keeps client addresses stands behind node-external-ip",
  reason:
    "Where node-external-ip is set, ServiceLB answers there; with externalTrafficPolicy Local, behind a NAT, packets for that address " +
    "find no endpoint of the node they arrive on. Hosts that share a private network do not need node-external-ip.",
  sources: ["https://docs.k3s.io/networking/networking-services", "https://github.com/k3s-io/docs/pull/351"],
  find,
};

function find(context: AuditContext): readonly Hit[] {
  const local = loadBalancers(context.cluster)
    .filter((service) => field(service, "spec", "externalTrafficPolicy") === "Local")
    .map(subjectOf);
  if (local.length === 0) return [];
  return lastOf(settingsNamed(context, "node-external-ip")).map((setting) => ({
    subject: setting.subject,
    evidence: `${settingText(setting)}, with externalTrafficPolicy: Local in ${local.join(", ")}`,
    fix: "Take node-external-ip out of the configuration and restart k3s, or set spec.externalTrafficPolicy: Cluster there.",
    ...(setting.at === undefined ? {} : { at: setting.at }),
  }));
}
