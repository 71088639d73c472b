import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { closedToPeers } from "../../view/openings.ts";
import { KUBELET } from "../../view/ports.ts";
import { disabledPart } from "../../view/settings.ts";

export const kubeletClosed: AuditCheck = {
  id: "firewall/kubelet-closed",
  severity: "warns",
  title: "Metrics of the other host cannot be read",
  reason:
    "metrics-server reads every kubelet on TCP 10250. Closed, kubectl top and every HorizontalPodAutoscaler see one host only. " +
    "kubectl logs and exec go through the tunnel of the agent and work all the same, so that nothing else shows it.",
  sources: ["https://docs.k3s.io/installation/requirements#networking"],
  find,
};

/** Nobody reads it where metrics-server is left out; that is a finding of its own. */
function find(context: AuditContext): readonly Hit[] {
  return disabledPart(context, "metrics-server") === undefined ? closedToPeers(context, KUBELET) : [];
}
