import type { Fields, Stored } from "../object.ts";

const TEMPLATE = { metadata: {}, spec: { containers: [] } };

/**
 * What an empty object of a kind has by the shape of its Go struct: such a part is never new, so nobody
 * owns it as such and `managedFields` has no `.` for it.
 */
const SKELETONS: Readonly<Record<string, Fields>> = {
  Deployment: { spec: { selector: null, strategy: {}, template: TEMPLATE }, status: {} },
  StatefulSet: { spec: { selector: null, updateStrategy: {}, template: TEMPLATE }, status: {} },
  DaemonSet: { spec: { selector: null, updateStrategy: {}, template: TEMPLATE }, status: {} },
  ReplicaSet: { spec: { selector: null, template: TEMPLATE }, status: {} },
  Job: { spec: { template: TEMPLATE }, status: {} },
  CronJob: { spec: { jobTemplate: { metadata: {}, spec: { template: TEMPLATE } } }, status: {} },
  Pod: { spec: { containers: [] }, status: {} },
  CustomResourceDefinition: { spec: { names: {} }, status: {} },
  HorizontalPodAutoscaler: { spec: { scaleTargetRef: {} }, status: {} },
  PersistentVolumeClaim: { spec: { resources: {} }, status: {} },
};

export function skeletonOf({ apiVersion, kind }: Stored): Fields {
  const isBuiltIn = !apiVersion.includes(".") || apiVersion.includes(".k8s.io/");
  return SKELETONS[kind] ?? (isBuiltIn ? { spec: {}, status: {} } : {});
}
