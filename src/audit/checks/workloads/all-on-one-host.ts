import type { KubeObject } from "../../../model/facts.ts";
import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { field, subjectOf } from "../../view/kube.ts";
import { openNodes } from "../../view/placement.ts";

export const allOnOneHost: AuditCheck = {
  id: "workloads/all-on-one-host",
  severity: "warns",
  title: "All replicas run on one host, though there are two",
  reason:
    "The scheduler never moves a running pod: a node that joins stays empty until something restarts, and after a restart all of it may land on the new node. " +
    "Until each workload has been restarted once, and its pods have been looked at, the second host does nothing for it.",
  sources: [
    "https://github.com/kubernetes-sigs/descheduler",
    "https://github.com/canonical/k8s-snap/pull/2102",
    "https://github.com/derailed/popeye/issues/143",
  ],
  find,
};

function find(context: AuditContext): readonly Hit[] {
  const nodes = openNodes(context);
  if (nodes.length < 2) return [];
  const podsOf = Map.groupBy(context.cluster.of("Pod").filter(isRunning), deploymentOf);
  return context.product.workloads
    .filter(({ kind, replicas }) => kind === "Deployment" && (replicas ?? 0) >= 2)
    .flatMap(({ object, namespace, name }) => {
      const hosts = (podsOf.get(`${namespace}/${name}`) ?? []).map((pod) => field(pod, "spec", "nodeName"));
      if (hosts.length < 2 || new Set(hosts).size > 1) return [];
      return [
        {
          subject: subjectOf(object),
          evidence: `${hosts.length} pods, all on ${String(hosts[0])}; nodes that would take them: ${nodes.map(({ metadata }) => metadata.name).join(", ")}`,
          fix: `kubectl -n ${namespace} rollout restart deployment ${name}, then: kubectl -n ${namespace} get pods -o wide`,
        },
      ];
    });
}

function isRunning(pod: KubeObject): boolean {
  const phase = field(pod, "status", "phase");
  return (phase === undefined || phase === "Running") && typeof field(pod, "spec", "nodeName") === "string";
}

/** `glaze-web-7d9f` is the ReplicaSet of `glaze-web`. */
function deploymentOf({ metadata }: KubeObject): string {
  const [owner] = Array.isArray(metadata.ownerReferences) ? metadata.ownerReferences : [];
  return `${metadata.namespace ?? "default"}/${String(field(owner, "name")).replace(/-[a-z0-9]+$/, "")}`;
}
