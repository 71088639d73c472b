import type { KubeObject } from "../../model/facts.ts";
import { POD_PATHS } from "../../model/kubeShape.ts";
import { field, type PodSpec } from "./kube.ts";

/** Something that runs pods. */
export interface Workload {
  readonly object: KubeObject;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** Desired pods; `null` where the kind has no such number. */
  readonly replicas: number | null;
  readonly podLabels: Readonly<Record<string, string>>;
  readonly podSpec: PodSpec;
}

/** `null` for what runs no pods, and for what another object owns: its owner speaks for it. */
export function workloadOf(object: KubeObject): Workload | null {
  const path = POD_PATHS[object.kind];
  const owners = object.metadata.ownerReferences;
  if (path === undefined || (Array.isArray(owners) && owners.length > 0)) return null;
  const template = field(object, ...path);
  return {
    object,
    kind: object.kind,
    namespace: object.metadata.namespace ?? "default",
    name: object.metadata.name,
    replicas: replicasOf(object),
    podLabels: (field(template, "metadata", "labels") ?? {}) as Readonly<Record<string, string>>,
    podSpec: (field(template, "spec") ?? {}) as PodSpec,
  };
}

function replicasOf(object: KubeObject): number | null {
  if (!["Deployment", "StatefulSet", "ReplicaSet"].includes(object.kind)) return null;
  const replicas = field(object, "spec", "replicas");
  return typeof replicas === "number" ? replicas : 1;
}
