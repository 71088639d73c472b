import { type Fields, isFields, same } from "./object.ts";

/**
 * A body with what no two servers share replaced by its sort: ids, times, revisions, generated names,
 * pod addresses. Everything else stays and is compared.
 */
export function shapeOf(value: unknown, key = ""): unknown {
  if (Array.isArray(value)) return inOrder(key, value).map((item) => shapeOf(item, key));
  if (isFields(value)) {
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, shapeOf(inner, name)]));
  }
  if (typeof value !== "string") return value;
  return VOLATILE.has(key) ? `<${key}>` : generic(value);
}

const VOLATILE: ReadonlySet<string> = new Set([
  "uid",
  "resourceVersion",
  "continue",
  "time",
  "timeAdded",
  "creationTimestamp",
  "deletionTimestamp",
  "lastUpdateTime",
  "lastTransitionTime",
  "lastHeartbeatTime",
  "lastPhaseTransitionTime",
  "startTime",
  "startedAt",
  "serverAddress",
]);

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const GENERATED =
  /\b(web|shop-db)-[bcdfghjklmnpqrstvwxz2456789]{8,10}\b(-[bcdfghjklmnpqrstvwxz2456789]{5}\b)?/g;
const HASH = /^[bcdfghjklmnpqrstvwxz2456789]{8,10}$/;

function generic(text: string): string {
  return text
    .replace(UUID, "<uuid>")
    .replace(
      GENERATED,
      (_, name: string, pod?: string) => `${name}-<hash>${pod === undefined ? "" : "-<pod>"}`,
    )
    .replace(HASH, "<hash>")
    .replace(/\b10\.42\.0\.\d+\b(?!\/)/g, "<pod address>");
}

/** Lists that are maps in disguise have no order of their own. */
function inOrder(key: string, items: readonly unknown[]): readonly unknown[] {
  if (key === "conditions") return sorted(items, ["type"]);
  if (key === "managedFields")
    return sorted(items.filter(isOfClient), ["manager", "operation", "subresource"]);
  return items;
}

/** Who of the machinery owns what is its own affair: the recorder played kubelet and provisioner itself. */
function isOfClient(entry: unknown): boolean {
  return !/^kube|^k3s|^local-path/.test(String((entry as Fields).manager));
}

function sorted(items: readonly unknown[], keys: readonly string[]): readonly unknown[] {
  const idOf = (item: unknown) => keys.map((key) => (item as Fields)[key] ?? "").join(" ");
  return items.toSorted((a, b) => (idOf(a) < idOf(b) ? -1 : 1));
}

/** Where two bodies differ, one line a place. */
export function differences(came: unknown, recorded: unknown, path = ""): readonly string[] {
  if (isFields(came) && isFields(recorded)) {
    const keys = [...new Set([...Object.keys(came), ...Object.keys(recorded)])];
    return keys.flatMap((key) => differences(came[key], recorded[key], `${path}.${key}`));
  }
  if (Array.isArray(came) && Array.isArray(recorded) && came.length === recorded.length) {
    return came.flatMap((item, index) => differences(item, recorded[index], `${path}[${index}]`));
  }
  if (same(came, recorded)) return [];
  return [`${path}: ${JSON.stringify(came)} instead of ${JSON.stringify(recorded)}`];
}
