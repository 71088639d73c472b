import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { disabledPart } from "../../view/settings.ts";

export const singleDns: AuditCheck = {
  id: "control/single-dns",
  severity: "informs",
  title: "CoreDNS runs once",
  reason:
    "k3s runs one CoreDNS. When the host it is on goes, names do not resolve on the other either, for about five minutes until the pod is " +
    "replaced. Scaling it by hand is undone whenever k3s starts and applies its own manifest again: it takes a chart of one's own in its place.",
  sources: [
    "https://github.com/k3s-io/k3s/issues/1606",
    "https://github.com/k3s-io/k3s/issues/3092",
    "https://github.com/spatiumddi/spatiumddi/pull/633",
  ],
  find,
};

function find(context: AuditContext): readonly Hit[] {
  const dns = context.cluster.workloads.find(
    ({ namespace, name, kind }) => namespace === "kube-system" && name === "coredns" && kind === "Deployment",
  );
  if (dns === undefined || (dns.replicas ?? 1) > 1 || disabledPart(context, "coredns") !== undefined)
    return [];
  return [
    {
      subject: "Deployment kube-system/coredns",
      evidence: `spec.replicas: ${dns.replicas ?? 1}`,
      fix: "Nothing to do before the move. For two that last: disable: [coredns] and CoreDNS's own chart with replicaCount: 2, in a change of its own.",
    },
  ];
}
