import type { ClusterView } from "./cluster.ts";
import { field } from "./kube.ts";
import type { Workload } from "./workload.ts";

/** How a workload replaces its pods; the defaults are those of Kubernetes. */
export interface Rollout {
  readonly type: "RollingUpdate" | "Recreate";
  /** More pods than wanted, for a moment. */
  readonly surge: number;
  readonly unavailable: number;
}

export function rolloutOf({ object, kind, replicas }: Workload): Rollout {
  if (kind !== "Deployment") return { type: "RollingUpdate", surge: 0, unavailable: 1 };
  if (field(object, "spec", "strategy", "type") === "Recreate") {
    return { type: "Recreate", surge: 0, unavailable: replicas ?? 1 };
  }
  const update = field(object, "spec", "strategy", "rollingUpdate");
  return {
    type: "RollingUpdate",
    surge: share(field(update, "maxSurge") ?? "25%", replicas ?? 1, Math.ceil),
    unavailable: share(field(update, "maxUnavailable") ?? "25%", replicas ?? 1, Math.floor),
  };
}

/** `25%` of the replicas or a number, as Kubernetes rounds it. */
export function share(value: unknown, replicas: number, round: (value: number) => number): number {
  if (typeof value === "number") return value;
  const percent = typeof value === "string" ? /^(\d+)%$/.exec(value)?.[1] : undefined;
  if (percent !== undefined) return round((Number(percent) * replicas) / 100);
  return Number(value) || 0;
}

/** The most pods there may be: as many as wanted, or as an autoscaler may want. */
export function mostReplicas(workload: Workload, cluster: ClusterView): number {
  const most = field(cluster.autoscalerOf(workload), "spec", "maxReplicas");
  return Math.max(workload.replicas ?? 1, typeof most === "number" ? most : 0);
}
