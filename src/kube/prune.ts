import type { KubeObject } from "../model/facts.ts";

/** Annotations that hold a whole object again, secrets and all. */
const COPIES: ReadonlySet<string> = new Set([
  "kubectl.kubernetes.io/last-applied-configuration",
  "objectset.rio.cattle.io/applied",
  "control-plane.alpha.kubernetes.io/leader",
]);

/** What changes with every breath, or only bookkeepers read. */
const BOOKKEEPING: ReadonlySet<string> = new Set([
  "managedFields",
  "resourceVersion",
  "selfLink",
  "uid",
  "generation",
]);

/** Times that move although nothing has happened. */
const HEARTBEATS: ReadonlySet<string> = new Set(["lastHeartbeatTime", "lastProbeTime", "lastUpdateTime"]);

/** An object without bookkeeping, copies of itself and bulk. */
export function pruned(object: KubeObject): KubeObject {
  const metadata = Object.entries(object.metadata).filter(([key]) => !BOOKKEEPING.has(key));
  const { annotations } = object.metadata;
  const kept = Object.entries(annotations ?? {}).filter(([key]) => !COPIES.has(key));
  const cleaned = {
    ...object,
    metadata: {
      ...(Object.fromEntries(metadata) as KubeObject["metadata"]),
      ...(annotations === undefined ? {} : { annotations: Object.fromEntries(kept) }),
    },
  };
  const still = without(cleaned, (key) => HEARTBEATS.has(key)) as KubeObject;
  return BULK[object.kind]?.(still) ?? still;
}

/** Of these kinds only a part is worth keeping. */
const BULK: Readonly<Record<string, (object: KubeObject) => KubeObject>> = {
  CustomResourceDefinition: ({ spec, status: _, ...object }) => {
    const { group, scope, names, versions, conversion } = withoutBundles(spec) as Readonly<
      Record<string, unknown>
    >;
    const named = Array.isArray(versions)
      ? versions.map(({ name, served, storage }) => ({ name, served, storage }))
      : [];
    const converted = conversion === undefined ? {} : { conversion };
    return { ...object, spec: { group, scope, names, versions: named, ...converted } } as KubeObject;
  },
  Node: (object) => {
    const { images: _, ...status } = (object.status ?? {}) as Readonly<Record<string, unknown>>;
    return { ...object, status };
  },
  ValidatingWebhookConfiguration: withoutBundles,
  MutatingWebhookConfiguration: withoutBundles,
  APIService: withoutBundles,
};

function withoutBundles<T>(value: T): T {
  return without(value, (key) => key === "caBundle") as T;
}

function without(value: unknown, isGone: (key: string) => boolean): unknown {
  if (Array.isArray(value)) return value.map((item) => without(item, isGone));
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).filter(([key]) => !isGone(key));
  return Object.fromEntries(kept.map(([key, inner]) => [key, without(inner, isGone)]));
}
