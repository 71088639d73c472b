import { type Fields, read, type Stored } from "../object.ts";
import { defaultPodSpec, setDefaults } from "./podDefaults.ts";

type Defaulting = (spec: Fields, object: Stored) => void;

const ROLLING = { maxUnavailable: "25%", maxSurge: "25%" };

/** What the API fills in at admission, by kind. What nobody here looks at is left as it came. */
const DEFAULTS: Readonly<Record<string, Defaulting>> = {
  Deployment: (spec) => {
    template(spec);
    setDefaults(spec, {
      replicas: 1,
      strategy: {},
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
    });
    const strategy = spec.strategy as Fields;
    setDefaults(strategy, { type: "RollingUpdate" });
    if (strategy.type === "RollingUpdate") {
      setDefaults(strategy, { rollingUpdate: {} });
      setDefaults(strategy.rollingUpdate as Fields, ROLLING);
    }
  },
  ReplicaSet: (spec) => {
    template(spec);
    setDefaults(spec, { replicas: 1 });
  },
  StatefulSet: (spec) => {
    template(spec);
    setDefaults(spec, {
      replicas: 1,
      podManagementPolicy: "OrderedReady",
      updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 0 } },
      revisionHistoryLimit: 10,
      persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" },
    });
    for (const claim of (spec.volumeClaimTemplates ?? []) as Fields[]) {
      setDefaults(claim, {
        kind: "PersistentVolumeClaim",
        apiVersion: "v1",
        status: { phase: "Pending" },
      });
      setDefaults(claim.spec as Fields, { volumeMode: "Filesystem" });
    }
  },
  DaemonSet: (spec) => {
    template(spec);
    setDefaults(spec, {
      updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } },
      revisionHistoryLimit: 10,
    });
  },
  Job: (spec) => {
    template(spec);
    setDefaults(spec, {
      parallelism: 1,
      completions: 1,
      backoffLimit: 6,
      completionMode: "NonIndexed",
      suspend: false,
    });
  },
  CronJob: (spec) => {
    template(read<Fields>(spec, "jobTemplate", "spec") ?? {});
    setDefaults(spec, {
      concurrencyPolicy: "Allow",
      suspend: false,
      successfulJobsHistoryLimit: 3,
      failedJobsHistoryLimit: 1,
    });
  },
  Pod: (spec) => {
    defaultPodSpec(spec);
    setDefaults(spec, { enableServiceLinks: true });
  },
  Service: (spec) => {
    setDefaults(spec, { type: "ClusterIP", sessionAffinity: "None", internalTrafficPolicy: "Cluster" });
    for (const port of (spec.ports ?? []) as Fields[]) {
      setDefaults(port, { protocol: "TCP", targetPort: port.port });
    }
    if (["NodePort", "LoadBalancer"].includes(String(spec.type))) {
      setDefaults(spec, { externalTrafficPolicy: "Cluster" });
    }
    if (spec.type === "LoadBalancer") setDefaults(spec, { allocateLoadBalancerNodePorts: true });
  },
  PersistentVolumeClaim: (spec) => setDefaults(spec, { volumeMode: "Filesystem" }),
  PersistentVolume: (spec) =>
    setDefaults(spec, { volumeMode: "Filesystem", persistentVolumeReclaimPolicy: "Retain" }),
  HorizontalPodAutoscaler: (spec) => setDefaults(spec, { minReplicas: 1 }),
  CustomResourceDefinition: (spec) => {
    setDefaults(spec, { conversion: { strategy: "None" } });
    const names = (spec.names ?? {}) as Fields;
    setDefaults(names, {
      listKind: `${names.kind}List`,
      singular: String(names.kind).toLowerCase(),
    });
  },
};

/** The object as the API would keep it, apart from its metadata. */
export function withDefaults(object: Stored): Stored {
  const copy = structuredClone(object);
  if (copy.spec !== undefined) DEFAULTS[copy.kind]?.(copy.spec as Fields, copy);
  if (copy.kind === "Secret") defaultSecret(copy);
  if (copy.kind === "StorageClass") {
    setDefaults(copy, { reclaimPolicy: "Delete", volumeBindingMode: "Immediate" });
  }
  return copy;
}

function defaultSecret(secret: Stored): void {
  setDefaults(secret, { type: "Opaque" });
  const plain = (secret.stringData ?? {}) as Record<string, string>;
  if (secret.stringData === undefined) return;
  const encoded = Object.entries(plain).map(([key, text]) => [key, Buffer.from(text).toString("base64")]);
  secret.data = { ...((secret.data ?? {}) as Fields), ...Object.fromEntries(encoded) };
  delete secret.stringData;
}

function template(spec: Fields): void {
  defaultPodSpec(read<Fields>(spec, "template", "spec"));
}
