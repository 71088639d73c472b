import { read, type Stored } from "../object.ts";

/** The status a kind is born with, before any controller has seen it. */
const INITIAL: Readonly<Record<string, (object: Stored) => unknown>> = {
  Deployment: () => ({}),
  ReplicaSet: () => ({ replicas: 0 }),
  StatefulSet: () => ({ replicas: 0, availableReplicas: 0 }),
  DaemonSet: () => ({
    currentNumberScheduled: 0,
    numberMisscheduled: 0,
    desiredNumberScheduled: 0,
    numberReady: 0,
  }),
  Job: () => ({}),
  CronJob: () => ({}),
  Pod: () => ({ phase: "Pending" }),
  Namespace: () => ({ phase: "Active" }),
  PersistentVolume: () => ({ phase: "Pending" }),
  PersistentVolumeClaim: () => ({ phase: "Pending" }),
  Service: () => ({ loadBalancer: {} }),
  Ingress: () => ({ loadBalancer: {} }),
  PodDisruptionBudget: () => ({
    disruptionsAllowed: 0,
    currentHealthy: 0,
    desiredHealthy: 0,
    expectedPods: 0,
  }),
  HorizontalPodAutoscaler: () => ({ desiredReplicas: 0, currentMetrics: null }),
  CustomResourceDefinition: (object) => ({
    conditions: null,
    acceptedNames: { plural: "", kind: "" },
    storedVersions: (read<readonly { name: string; storage: boolean }[]>(object, "spec", "versions") ?? [])
      .filter(({ storage }) => storage)
      .map(({ name }) => name),
  }),
};

/** Kinds whose status nobody sets through the object itself, nor its generation. */
export function initialStatus(object: Stored): unknown {
  return INITIAL[object.kind]?.(object);
}

/** Kinds without a generation; custom resources have one. */
const UNCOUNTED: ReadonlySet<string> = new Set([
  "Namespace",
  "Node",
  "ConfigMap",
  "Secret",
  "Service",
  "ServiceAccount",
  "Endpoints",
  "Event",
  "Lease",
  "PersistentVolume",
  "PersistentVolumeClaim",
  "StorageClass",
  "HorizontalPodAutoscaler",
  "ControllerRevision",
  "LimitRange",
  "ResourceQuota",
  "PodTemplate",
  "PriorityClass",
  "ClusterRole",
  "ClusterRoleBinding",
  "Role",
  "RoleBinding",
  "APIService",
  "SelfSubjectAccessReview",
]);

export function hasGeneration({ kind }: Pick<Stored, "kind">): boolean {
  return !UNCOUNTED.has(kind);
}
