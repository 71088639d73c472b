import type { KubeObject } from "../../model/facts.ts";
import type { ObjectName } from "../intent.ts";
import type { ClusterView } from "./cluster.ts";
import { field, type NodeSelector } from "./kube.ts";
import type { DataStore } from "./stores.ts";
import type { Workload } from "./workload.ts";

/** A PersistentVolume, the claim it is bound to, and the workloads that mount it. */
export interface BoundVolume {
  readonly volume: KubeObject;
  /** `null`: nobody claims it. */
  readonly claim: ObjectName | null;
  readonly workloads: readonly Workload[];
}

export function boundVolumes(cluster: ClusterView): readonly BoundVolume[] {
  const usersOf = claimUsers(cluster);
  return cluster.of("PersistentVolume").map((volume) => {
    const name = field(volume, "spec", "claimRef", "name");
    const namespace = field(volume, "spec", "claimRef", "namespace");
    const claim = typeof name === "string" && typeof namespace === "string" ? { namespace, name } : null;
    return { volume, claim, workloads: claim === null ? [] : usersOf(claim) };
  });
}

/** Who mounts a claim, by its name or by a StatefulSet's template (`data-glaze-postgres-0`). */
export function claimUsers(cluster: ClusterView): (claim: ObjectName) => readonly Workload[] {
  const named = new Map<string, Workload[]>();
  const templated = new Map<string, Workload[]>();
  for (const workload of cluster.workloads) {
    for (const claim of new Set(claimsOf(workload))) push(named, `${workload.namespace}/${claim}`, workload);
    for (const template of templateNames(workload.object)) {
      push(templated, `${workload.namespace}/${template}-${workload.name}`, workload);
    }
  }
  return ({ namespace, name }) => [
    ...(named.get(`${namespace}/${name}`) ?? []),
    ...(templated.get(`${namespace}/${name.replace(/-\d+$/, "")}`) ?? []),
  ];
}

function push(map: Map<string, Workload[]>, key: string, workload: Workload): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, [workload]);
  else known.push(workload);
}

/** The claims a workload mounts by name. */
export function claimsOf({ podSpec }: Workload): readonly string[] {
  return (podSpec.volumes ?? []).flatMap((volume) => volume.persistentVolumeClaim?.claimName ?? []);
}

function templateNames(object: KubeObject): readonly string[] {
  return claimTemplates(object).flatMap((template) => {
    const name = field(template, "metadata", "name");
    return typeof name === "string" ? [name] : [];
  });
}

export function claimTemplates(object: KubeObject): readonly unknown[] {
  const templates = field(object, "spec", "volumeClaimTemplates");
  return Array.isArray(templates) ? templates : [];
}

/** The host names a volume is bound to; empty when it can be mounted anywhere. */
export function hostsOf(volume: object): readonly string[] {
  const selector = field(volume, "spec", "nodeAffinity", "required") as NodeSelector | undefined;
  return (selector?.nodeSelectorTerms ?? [])
    .flatMap(({ matchExpressions = [] }) => matchExpressions)
    .filter(({ key, operator }) => key === "kubernetes.io/hostname" && operator === "In")
    .flatMap(({ values = [] }) => values);
}

/** All of these belong to a data store that the plan takes out of the cluster. */
export function leavesCluster(
  workloads: readonly Workload[],
  { stores }: { readonly stores: readonly DataStore[] },
): boolean {
  const leaving = stores.filter((store) => store.leavesCluster).flatMap((store) => store.workloads);
  return workloads.length > 0 && workloads.every((workload) => leaving.includes(workload));
}
