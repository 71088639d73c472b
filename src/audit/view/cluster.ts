import type { KubeObject } from "../../model/facts.ts";
import { environmentOf, type Variable } from "./environment.ts";
import { targetOf } from "./externalSecret.ts";
import { field } from "./kube.ts";
import type { ObjectIndex } from "./objectIndex.ts";
import { type Workload, workloadOf } from "./workload.ts";

/** An index over Kubernetes objects. */
export interface ClusterView extends ObjectIndex {
  readonly objects: readonly KubeObject[];
  /** What runs pods, by its topmost owner: a Deployment, not its ReplicaSets and Pods. */
  readonly workloads: readonly Workload[];
  of(kind: string): readonly KubeObject[];
  /** Asked for by many checks, made once. */
  environmentOf(workload: Workload): readonly Variable[];
  autoscalerOf(workload: Workload): KubeObject | undefined;
}

export function viewCluster(objects: readonly KubeObject[]): ClusterView {
  const byKind = Map.groupBy(objects, ({ kind }) => kind);
  const byName = new Map(
    objects.map((object) => [keyOf(object.kind, object.metadata.namespace, object.metadata.name), object]),
  );
  const writers = new Map(byKind.get("ExternalSecret")?.map((object) => [targetOf(object), object]));
  const autoscalers = new Map(
    byKind.get("HorizontalPodAutoscaler")?.map((object) => [scaleTargetOf(object), object]),
  );
  const index: ObjectIndex = {
    find: (kind, namespace, name) => byName.get(keyOf(kind, namespace, name)),
    writerOf: (namespace, secret) => writers.get(`${namespace}/${secret}`),
  };
  const environments = new Map<Workload, readonly Variable[]>();
  return {
    ...index,
    objects,
    workloads: objects.flatMap((object) => workloadOf(object) ?? []),
    of: (kind) => byKind.get(kind) ?? [],
    environmentOf: (workload) => {
      const known = environments.get(workload) ?? environmentOf(workload, index);
      environments.set(workload, known);
      return known;
    },
    autoscalerOf: ({ kind, namespace, name }) => autoscalers.get(keyOf(kind, namespace, name)),
  };
}

function scaleTargetOf(autoscaler: KubeObject): string {
  const target = field(autoscaler, "spec", "scaleTargetRef");
  return keyOf(String(field(target, "kind")), autoscaler.metadata.namespace, String(field(target, "name")));
}

/** A manifest without a namespace means the default one; what has none at all is never asked for with one. */
function keyOf(kind: string, namespace: string | undefined, name: string): string {
  return `${kind} ${namespace ?? "default"}/${name}`;
}
