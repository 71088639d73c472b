import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { subjectOf } from "../../view/kube.ts";
import { viewNodes } from "../../view/nodes.ts";
import { loadBalancers } from "../../view/services.ts";
import { disabledPart } from "../../view/settings.ts";

export const servicelb: AuditCheck = {
  id: "control/servicelb",
  severity: "warns",
  title: "The new node takes public traffic the moment it joins",
  reason:
    "ServiceLB is a DaemonSet: the new node opens 80 and 443 at once, and its address appears in the status of every Service and Ingress, " +
    "where external-dns publishes it, before anything on it has been tried. Once one node carries the label " +
    "svccontroller.k3s.cattle.io/enablelb, only labelled nodes serve.",
  sources: ["https://docs.k3s.io/networking/networking-services#controlling-servicelb-node-selection"],
  find,
};

const LABEL = "svccontroller.k3s.cattle.io/enablelb";

function find(context: AuditContext): readonly Hit[] {
  const services = loadBalancers(context.cluster);
  const nodes = viewNodes(context);
  const isChosen = nodes.some(({ object }) => object.metadata.labels?.[LABEL] === "true");
  if (services.length === 0 || isChosen || disabledPart(context, "servicelb") !== undefined) return [];
  const [node, second] = nodes;
  // With both nodes there it has happened already; without any nothing is known of labels.
  if (node === undefined || second !== undefined) return [];
  return [
    {
      subject: subjectOf(node.object),
      evidence: `${services.map(subjectOf).join(", ")}: type LoadBalancer, and no node has the label ${LABEL}`,
      fix: `Before the join: kubectl label node ${node.name} ${LABEL}=true. Later, when 80 and 443 of the new node have been tried, the same for it.`,
    },
  ];
}
