import { type Misfit, misfitOf, type Shape } from "./shape.ts";

/** Where each kind that runs pods has its pod: `spec.template`, say. */
export const POD_PATHS: Readonly<Record<string, readonly string[]>> = {
  Deployment: ["spec", "template"],
  StatefulSet: ["spec", "template"],
  DaemonSet: ["spec", "template"],
  ReplicaSet: ["spec", "template"],
  Job: ["spec", "template"],
  CronJob: ["spec", "jobTemplate", "spec", "template"],
  Pod: [],
};

/** Where an object is not what the API server would take, as far as anybody here reads it. */
export function kubeMisfit(object: { readonly kind: string }): Misfit | null {
  const path = POD_PATHS[object.kind];
  return (
    misfitOf(object, { fields: { metadata: METADATA } }) ??
    (path === undefined ? null : misfitOf(object, path.reduceRight<Shape>(under, POD)))
  );
}

function under(shape: Shape, key: string): Shape {
  return { fields: { [key]: shape } };
}

const LABELS: Shape = { map: "scalar" };
const METADATA: Shape = { fields: { labels: LABELS, annotations: LABELS, namespace: "text", name: "text" } };
const NAMED: Shape = { fields: { name: "text" } };

const CONTAINER: Shape = {
  fields: {
    name: "text",
    image: "text",
    imagePullPolicy: "text",
    command: { list: "text" },
    args: { list: "text" },
    env: { list: { fields: { name: "text", valueFrom: "object" } } },
    envFrom: { list: { fields: { prefix: "text", secretRef: NAMED, configMapRef: NAMED } } },
    ports: { list: { fields: { containerPort: "number", hostPort: "number" } } },
    resources: { fields: { requests: LABELS, limits: LABELS } },
    volumeMounts: { list: { fields: { name: "text", mountPath: "text" } } },
  },
};

const VOLUME: Shape = {
  fields: {
    name: "text",
    persistentVolumeClaim: { fields: { claimName: "text" } },
    hostPath: { fields: { path: "text", type: "text" } },
    configMap: NAMED,
    secret: { fields: { secretName: "text" } },
    projected: { fields: { sources: { list: { fields: { configMap: NAMED } } } } },
  },
};

const NODE_AFFINITY: Shape = {
  fields: {
    requiredDuringSchedulingIgnoredDuringExecution: {
      fields: {
        nodeSelectorTerms: {
          list: {
            fields: {
              matchExpressions: {
                list: { fields: { key: "text", operator: "text", values: { list: "text" } } },
              },
            },
          },
        },
      },
    },
  },
};

const POD_ANTI_AFFINITY: Shape = {
  fields: {
    requiredDuringSchedulingIgnoredDuringExecution: { list: { fields: { topologyKey: "text" } } },
    preferredDuringSchedulingIgnoredDuringExecution: { list: "object" },
  },
};

const POD: Shape = {
  fields: {
    metadata: METADATA,
    spec: {
      fields: {
        containers: { list: CONTAINER },
        initContainers: { list: CONTAINER },
        volumes: { list: VOLUME },
        nodeName: "text",
        nodeSelector: LABELS,
        hostNetwork: "boolean",
        terminationGracePeriodSeconds: "number",
        affinity: { fields: { nodeAffinity: NODE_AFFINITY, podAntiAffinity: POD_ANTI_AFFINITY } },
        topologySpreadConstraints: { list: { fields: { maxSkew: "number", topologyKey: "text" } } },
        tolerations: { list: { fields: { key: "text", effect: "text", tolerationSeconds: "number" } } },
        serviceAccountName: "text",
      },
    },
  },
};
