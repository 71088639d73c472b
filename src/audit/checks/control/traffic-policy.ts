import type { KubeObject } from "../../../model/facts.ts";
import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import type { ObjectName } from "../../intent.ts";
import { field, subjectOf } from "../../view/kube.ts";
import { serves } from "../../view/serviceHost.ts";
import { loadBalancers } from "../../view/services.ts";

export const trafficPolicy: AuditCheck = {
  id: "control/traffic-policy",
  severity: "warns",
  title: "A node without the ingress pod does not answer",
  reason:
    "externalTrafficPolicy: Local keeps the client's address and answers only where a pod of the Service runs: with one Traefik on two " +
    "nodes one address is dead, or, with ServiceLB, at times is not. Cluster answers everywhere and shows the node's address instead of " +
    "the client's, as ServiceLB does on one node already.",
  sources: [
    "https://github.com/k3s-io/k3s/issues/11077",
    "https://github.com/k3s-io/k3s/issues/9592",
    "https://github.com/k3s-io/k3s/issues/6633",
    "https://github.com/k3s-io/klipper-lb/issues/31",
  ],
  find,
};

function find({ cluster }: AuditContext): readonly Hit[] {
  return loadBalancers(cluster)
    .filter((service) => field(service, "spec", "externalTrafficPolicy") === "Local")
    .flatMap((service) => {
      const pods = cluster.workloads.filter((workload) => serves(workload, nameOf(service), cluster));
      if (pods.some(({ kind, replicas }) => kind === "DaemonSet" || (replicas ?? 1) > 1)) return [];
      const names = pods.map(({ object }) => subjectOf(object)).join(", ");
      return [
        {
          subject: subjectOf(service),
          evidence: `spec.externalTrafficPolicy: Local${names === "" ? "" : `, served by one pod of ${names}`}`,
          fix:
            "Either run Traefik on every node (its chart: deployment.kind: DaemonSet, in a HelmChartConfig), or set spec.externalTrafficPolicy: Cluster. " +
            "Client addresses through two nodes take a load balancer that speaks the PROXY protocol.",
        },
      ];
    });
}

function nameOf({ metadata }: KubeObject): ObjectName {
  return { namespace: metadata.namespace ?? "default", name: metadata.name };
}
