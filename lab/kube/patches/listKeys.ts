/**
 * Which lists are maps by a key: `patchMergeKey` and `x-kubernetes-list-map-keys` of the API's own description,
 * by the name of the field, which happens to be enough. A list that is not here is replaced whole.
 */
const MERGE_KEYS: Readonly<Record<string, readonly string[]>> = {
  containers: ["name"],
  initContainers: ["name"],
  ephemeralContainers: ["name"],
  env: ["name"],
  volumes: ["name"],
  volumeMounts: ["mountPath"],
  ports: ["containerPort", "protocol"],
  imagePullSecrets: ["name"],
  hostAliases: ["ip"],
  conditions: ["type"],
  addresses: ["type"],
  podIPs: ["ip"],
  ownerReferences: ["uid"],
  topologySpreadConstraints: ["topologyKey", "whenUnsatisfiable"],
};

/** `Service.spec.ports` has a key of its own. */
const SERVICE_PORTS = ["port", "protocol"] as const;

/** Lists of plain values that are sets. */
const SETS: ReadonlySet<string> = new Set(["finalizers", "podCIDRs"]);

/** Objects that are replaced whole and owned whole. */
const ATOMIC: ReadonlySet<string> = new Set([
  "selector",
  "labelSelector",
  "namespaceSelector",
  "required",
  "nodeSelectorTerms",
  "secretRef",
  "configMapRef",
  "secretKeyRef",
  "configMapKeyRef",
  "fieldRef",
  "resourceFieldRef",
]);

/** The keys of a list's items, `undefined` when the list is one value. `field` is the list's name, `items` what is in it. */
export function listKeys(field: string, items: readonly unknown[]): readonly string[] | undefined {
  const keys = field === "ports" && items.some(isServicePort) ? SERVICE_PORTS : MERGE_KEYS[field];
  return keys !== undefined && items.every((item) => typeof item === "object" && item !== null)
    ? keys
    : undefined;
}

/** Strategic merge knows one key only: the first. */
export function mergeKey(field: string, items: readonly unknown[]): string | undefined {
  return listKeys(field, items)?.[0];
}

export function isSet(field: string): boolean {
  return SETS.has(field);
}

export function isAtomic(field: string): boolean {
  return ATOMIC.has(field);
}

function isServicePort(item: unknown): boolean {
  return typeof item === "object" && item !== null && "port" in item;
}
