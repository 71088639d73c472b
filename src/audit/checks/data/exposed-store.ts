import type { KubeObject } from "../../../model/facts.ts";
import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { field, subjectOf } from "../../view/kube.ts";

export const exposedStore: AuditCheck = {
  id: "data/exposed-store",
  severity: "warns",
  title: "A store is used from outside the cluster",
  reason:
    "A Service with a port on the host, or shown to a Tailscale network, has users that no manifest names: a laptop, a report, a script on another machine. They are not seen here, they do not follow at the switch, and what they write to the old " +
    "store afterwards is lost.",
  sources: [
    "https://tailscale.com/kb/1439/kubernetes-operator-cluster-ingress",
    "https://kubernetes.io/docs/concepts/services-networking/service/#publishing-services-service-types",
  ],
  find,
};

function find({ stores, cluster }: AuditContext): readonly Hit[] {
  return stores
    .filter(({ leavesCluster }) => leavesCluster)
    .flatMap(({ service }) => {
      const object = cluster.find("Service", service.namespace, service.name);
      const how = object === undefined ? [] : exposures(object);
      if (object === undefined || how.length === 0) return [];
      return [
        {
          subject: subjectOf(object),
          evidence: how.join("; "),
          fix: "See who is connected from outside (SELECT client_addr, usename, application_name FROM pg_stat_activity; or CLIENT LIST), tell them the new address, and close this one before the switch.",
        },
      ];
    });
}

function exposures(service: KubeObject): readonly string[] {
  const type = field(service, "spec", "type");
  const addresses = field(service, "spec", "externalIPs");
  const shown = Object.entries(service.metadata.annotations ?? {}).filter(([key]) =>
    /^tailscale\.com\/(expose|hostname)$/.test(key),
  );
  return [
    ...(type === "NodePort" || type === "LoadBalancer" ? [`type: ${type}`] : []),
    ...(Array.isArray(addresses) && addresses.length > 0 ? [`externalIPs: ${addresses.join(", ")}`] : []),
    ...shown.map(([key, value]) => `${key}: ${value}`),
  ];
}
