import type { KubeObject } from "../../model/facts.ts";
import type { AuditContext } from "../context.ts";
import type { ClusterView } from "./cluster.ts";
import { field, type NodeSelector } from "./kube.ts";
import { serves } from "./usage.ts";
import type { Workload } from "./workload.ts";

/** A PersistentVolume, the claim it is bound to, and the workloads that mount it. */
export interface BoundVolume {
  readonly volume: KubeObject;
  /** `null`: nobody claims it. */
  readonly claim: { readonly namespace: string; readonly name: string } | null;
  readonly workloads: readonly Workload[];
}

export function boundVolumes(cluster: ClusterView): readonly BoundVolume[] {
  return cluster.of("PersistentVolume").map((volume) => {
    const name = field(volume, "spec", "claimRef", "name");
    const namespace = field(volume, "spec", "claimRef", "namespace");
    const claim = typeof name === "string" && typeof namespace === "string" ? { namespace, name } : null;
    return { volume, claim, workloads: claim === null ? [] : workloadsOf(claim, cluster) };
  });
}

/** Every workload that mounts a claim, by name or by a StatefulSet's template. */
export function workloadsOf(
  claim: { readonly namespace: string; readonly name: string },
  cluster: ClusterView,
): readonly Workload[] {
  return cluster.workloads.filter(
    (workload) => workload.namespace === claim.namespace && mounts(workload, claim.name),
  );
}

function mounts({ object, name, podSpec }: Workload, claim: string): boolean {
  const named = (podSpec.volumes ?? []).some((volume) => volume.persistentVolumeClaim?.claimName === claim);
  return (
    named || templateNames(object).some((template) => new RegExp(`^${template}-${name}-\\d+$`).test(claim))
  );
}

function templateNames(object: KubeObject): readonly string[] {
  const templates = field(object, "spec", "volumeClaimTemplates");
  if (!Array.isArray(templates)) return [];
  return templates.flatMap((template) => {
    const name = field(template, "metadata", "name");
    return typeof name === "string" ? [name] : [];
  });
}

/** The host names a volume is bound to; empty when it can be mounted anywhere. */
export function hostsOf(volume: KubeObject): readonly string[] {
  const selector = field(volume, "spec", "nodeAffinity", "required") as NodeSelector | undefined;
  return (selector?.nodeSelectorTerms ?? [])
    .flatMap(({ matchExpressions = [] }) => matchExpressions)
    .filter(({ key, operator }) => key === "kubernetes.io/hostname" && operator === "In")
    .flatMap(({ values = [] }) => values);
}

/** All of these belong to a data store that the plan takes out of the cluster. */
export function leavesCluster(workloads: readonly Workload[], { intent, cluster }: AuditContext): boolean {
  const leaving = [intent.postgres, intent.redis].flatMap(({ service, leavesCluster: leaves }) =>
    leaves && service !== null ? [service] : [],
  );
  return (
    workloads.length > 0 &&
    workloads.every((workload) => leaving.some((service) => serves(workload, service, cluster)))
  );
}
