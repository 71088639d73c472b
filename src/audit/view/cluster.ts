import type { KubeObject } from "../../model/facts.ts";
import { type Workload, workloadOf } from "./workload.ts";

/** An index over Kubernetes objects. */
export interface ClusterView {
  readonly objects: readonly KubeObject[];
  /** What runs pods, by its topmost owner: a Deployment, not its ReplicaSets and Pods. */
  readonly workloads: readonly Workload[];
  of(kind: string): readonly KubeObject[];
  find(kind: string, namespace: string | undefined, name: string): KubeObject | undefined;
}

export function viewCluster(objects: readonly KubeObject[]): ClusterView {
  const byKind = Map.groupBy(objects, ({ kind }) => kind);
  const byName = new Map(
    objects.map((object) => [keyOf(object.kind, object.metadata.namespace, object.metadata.name), object]),
  );
  return {
    objects,
    workloads: objects.flatMap((object) => workloadOf(object) ?? []),
    of: (kind) => byKind.get(kind) ?? [],
    find: (kind, namespace, name) => byName.get(keyOf(kind, namespace, name)),
  };
}

function keyOf(kind: string, namespace: string | undefined, name: string): string {
  return `${kind} ${namespace ?? ""}/${name}`;
}
