import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { subjectOf } from "../../view/kube.ts";
import { leavesCluster } from "../../view/storage.ts";

export const staysSingle: AuditCheck = {
  id: "workloads/stays-single",
  severity: "informs",
  title: "What stays single after the move",
  reason:
    "Two hosts are not high availability. What runs once is gone with its host until it is started elsewhere, five minutes later at the earliest. For most of these that is right: an operator may rest for a while, and beat must be one. " +
    "It is told so that nobody finds out on the night itself.",
  sources: ["https://docs.k3s.io/datastore/ha-embedded", "https://github.com/k3s-io/k3s/issues/1606"],
  find,
};

function find(context: AuditContext): readonly Hit[] {
  const spread = context.product.spread;
  const single = context.cluster.workloads
    .filter(({ kind, replicas }) => (kind === "Deployment" || kind === "StatefulSet") && replicas === 1)
    // CoreDNS is told by itself: control/single-dns.
    .filter(({ namespace, name }) => !(namespace === "kube-system" && name === "coredns"))
    .filter((workload) => !spread.has(workload) && !leavesCluster([workload], context))
    .map(({ object }) => subjectOf(object));
  if (single.length === 0) return [];
  return [
    {
      subject: "Cluster",
      evidence: `one replica each: ${single.join(", ")}`,
      fix: "Nothing before the move. Where five minutes without one are too long, give it two replicas, if it can have them.",
    },
  ];
}
