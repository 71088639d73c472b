import { type Fields, read, type Stored } from "../object.ts";
import { builtIn } from "../resources.ts";
import type { Store } from "../store.ts";
import { withDefaults } from "./defaults.ts";
import { hasGeneration, initialStatus } from "./initialStatus.ts";
import { setDefaults } from "./podDefaults.ts";
import { admitService } from "./serviceAddress.ts";

/** A new object with everything the API adds to it on its way in, except name, uid and times. */
export function admit(store: Store, object: Stored): Stored {
  const copy = withDefaults(object);
  ADMISSION[copy.kind]?.(copy, store);
  const status = initialStatus(copy);
  if (status !== undefined) copy.status = status;
  if (hasGeneration(copy)) copy.metadata.generation = 1;
  return copy;
}

const ADMISSION: Readonly<Record<string, (object: Stored, store: Store) => void>> = {
  Namespace: (namespace) => {
    namespace.metadata.labels = {
      ...namespace.metadata.labels,
      "kubernetes.io/metadata.name": namespace.metadata.name,
    };
    namespace.spec = { ...((namespace.spec ?? {}) as Fields), finalizers: ["kubernetes"] };
  },
  Pod: admitPod,
  Service: admitService,
  PersistentVolume: ({ metadata }) => {
    metadata.finalizers = [...(metadata.finalizers ?? []), "kubernetes.io/pv-protection"];
  },
  PersistentVolumeClaim: (claim, store) => {
    claim.metadata.finalizers = [...(claim.metadata.finalizers ?? []), "kubernetes.io/pvc-protection"];
    const defaultClass = store
      .list(builtIn("storageclasses"))
      .find(
        ({ metadata }) => metadata.annotations?.["storageclass.kubernetes.io/is-default-class"] === "true",
      );
    if (defaultClass !== undefined) {
      setDefaults(claim.spec as Fields, { storageClassName: defaultClass.metadata.name });
    }
  },
};

const EVICTED_AFTER_SECONDS = 300;

function admitPod(pod: Stored): void {
  const spec = pod.spec as Fields;
  const tolerations = (spec.tolerations ?? []) as readonly Fields[];
  const added = ["not-ready", "unreachable"]
    .map((state) => `node.kubernetes.io/${state}`)
    .filter(
      (key) =>
        !tolerations.some((toleration) => toleration.key === key && toleration.effect !== "NoSchedule"),
    )
    .map((key) => ({
      key,
      operator: "Exists",
      effect: "NoExecute",
      tolerationSeconds: EVICTED_AFTER_SECONDS,
    }));
  const toleratesAll = tolerations.some(({ key, operator }) => key === undefined && operator === "Exists");
  if (!toleratesAll) spec.tolerations = [...tolerations, ...added];
  setDefaults(spec, { priority: 0, preemptionPolicy: "PreemptLowerPriority" });
}

/** `Guaranteed`, `Burstable` or `BestEffort`. */
export function qualityOf(pod: Stored): string {
  const containers = read<readonly Fields[]>(pod, "spec", "containers") ?? [];
  const resources = containers.map((container) => ({
    requests: read<Fields>(container, "resources", "requests") ?? {},
    limits: read<Fields>(container, "resources", "limits") ?? {},
  }));
  const isGuaranteed = resources.every(({ requests, limits }) =>
    ["cpu", "memory"].every((name) => limits[name] !== undefined && limits[name] === requests[name]),
  );
  if (isGuaranteed) return "Guaranteed";
  const asksForNothing = resources.every(
    ({ requests, limits }) => Object.keys({ ...requests, ...limits }).length === 0,
  );
  return asksForNothing ? "BestEffort" : "Burstable";
}
