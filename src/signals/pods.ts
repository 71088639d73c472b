import type { Labels, Workload } from "../model/settings.ts";
import { anyOf, literal } from "./promql.ts";

/** How a source calls namespace, pod and container. */
export interface PodLabels {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
}

/** kube-state-metrics and cAdvisor. */
export const KUBE_LABELS: PodLabels = { namespace: "namespace", pod: "pod", container: "container" };

/** The collector's receivers, after their way through OTLP. */
export const OTEL_LABELS: PodLabels = {
  namespace: "k8s_namespace_name",
  pod: "k8s_pod_name",
  container: "k8s_container_name",
};

/** The containers of a workload's pods, never a whole pod's or a pause container's; `null`: of any pod. */
export function containersOf(workload: Workload | null, labels = KUBE_LABELS): Labels {
  if (workload === null) return { [labels.container]: "!~|POD" };
  return {
    [labels.namespace]: workload.namespace,
    [labels.pod]: `=~${podNames(workload)}`,
    [labels.container]: workload.container ?? "!~|POD",
  };
}

/** The same for several workloads at once; any of them `null`: of any pod. */
export function containersOfAny(workloads: readonly (Workload | null)[], labels = KUBE_LABELS): Labels {
  const named = workloads.filter((workload) => workload !== null);
  if (named.length < workloads.length) return containersOf(null, labels);
  return {
    [labels.namespace]: anyOf(...new Set(named.map(({ namespace }) => namespace))),
    [labels.pod]: `=~${named.map(podNames).join("|")}`,
    [labels.container]: "!~|POD",
  };
}

/** `glaze-web-6f97418635-x7k2p` of a Deployment or `glaze-db-0` of a StatefulSet, but never `glaze-web-admin-…`. */
function podNames({ name }: Workload): string {
  return `${literal(name)}-(${REPLICA_SET_HASH}-${POD_SUFFIX}|[0-9]+)`;
}

const REPLICA_SET_HASH = "[a-z0-9]{6,10}";
const POD_SUFFIX = "[a-z0-9]{5}";

/** What stands before them is the Deployment's name. */
export const DEPLOYMENT_OF_POD = `(.+)-${REPLICA_SET_HASH}-${POD_SUFFIX}`;
