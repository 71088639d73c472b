import { randomUUID } from "node:crypto";
import { customResources } from "./custom.ts";
import type { Stored } from "./object.ts";
import { apiVersionOf, BUILT_IN, type Resource } from "./resources.ts";

/** Something that happened to an object; `object` is as it was afterwards, or at last. */
export interface Change {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly resource: Resource;
  readonly object: Stored;
  readonly revision: number;
}

/** Everything the server knows, as JSON. */
export interface Snapshot {
  readonly revision: number;
  readonly objects: readonly Stored[];
}

/** The objects, one revision counter over all of them as etcd has it, and what happened since the start. */
export interface Store {
  revision(): number;
  get(resource: Resource, namespace: string | undefined, name: string): Stored | undefined;
  /** In the order of etcd's keys: namespace, then name. */
  list(resource: Resource, namespace?: string): readonly Stored[];
  /** Keeps it under a new revision, and gives back what is kept. */
  put(resource: Resource, object: Stored): Stored;
  remove(resource: Resource, object: Stored): Stored;
  resources(): readonly Resource[];
  /** Forgets the history: older revisions cannot be watched or paged from any more. */
  compact(): void;
  compactedAt(): number;
  /** What happened after a revision. */
  changesSince(revision: number): readonly Change[];
  /** Called after each change; the answer ends it. */
  listen(listener: (change: Change) => void): () => void;
  snapshot(): Snapshot;
  restore(snapshot: Snapshot): void;
}

export function createStore(): Store {
  let revision = 1;
  let compacted = 0;
  let changes: Change[] = [];
  const tables = new Map<string, Map<string, Stored>>();
  const listeners = new Set<(change: Change) => void>();

  const table = ({ group, plural }: Resource) => {
    const key = `${group}/${plural}`;
    const found = tables.get(key) ?? new Map<string, Stored>();
    tables.set(key, found);
    return found;
  };
  const record = (type: Change["type"], resource: Resource, object: Stored) => {
    const change = { type, resource, object, revision };
    changes.push(change);
    for (const listener of listeners) listener(change);
    return object;
  };
  const numbered = (object: Stored): Stored => {
    revision += 1;
    return { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } };
  };
  const all = () => [...tables.values()].flatMap((objects) => [...objects.values()]);
  const definitions = { group: "apiextensions.k8s.io", plural: "customresourcedefinitions" } as Resource;
  const resources = () => [...BUILT_IN, ...[...table(definitions).values()].flatMap(customResources)];

  return {
    resources,
    revision: () => revision,
    get: (resource, namespace, name) => table(resource).get(keyOf(namespace, name)),
    list: (resource, namespace) => {
      const found = [...table(resource).entries()].filter(
        ([, { metadata }]) => namespace === undefined || metadata.namespace === namespace,
      );
      return found.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object);
    },
    put: (resource, object) => {
      const { namespace, name } = object.metadata;
      const objects = table(resource);
      const type = objects.has(keyOf(namespace, name)) ? "MODIFIED" : "ADDED";
      const kept = numbered(object);
      objects.set(keyOf(namespace, name), kept);
      return record(type, resource, kept);
    },
    remove: (resource, object) => {
      const { namespace, name } = object.metadata;
      table(resource).delete(keyOf(namespace, name));
      return record("DELETED", resource, numbered(object));
    },
    compactedAt: () => compacted,
    compact: () => {
      compacted = revision;
      changes = [];
    },
    changesSince: (since) => changes.filter((change) => change.revision > since),
    listen: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    snapshot: () => structuredClone({ revision, objects: all().toSorted(byKind) }),
    restore: (snapshot) => {
      tables.clear();
      changes = [];
      revision = snapshot.revision;
      compacted = revision;
      for (const object of definitionsFirst(structuredClone(snapshot.objects))) {
        const { namespace, name } = object.metadata;
        table(serving(resources(), object)).set(keyOf(namespace, name), object);
      }
    },
  };
}

export function newUid(): string {
  return randomUUID();
}

function byKind(a: Stored, b: Stored): number {
  const idOf = ({ apiVersion, kind, metadata }: Stored) =>
    [apiVersion, kind, metadata.namespace, metadata.name].join(" ");
  return idOf(a) < idOf(b) ? -1 : 1;
}

/** The kinds of custom resources must be known before the resources. */
function definitionsFirst(objects: readonly Stored[]): readonly Stored[] {
  const isDefinition = ({ kind }: Stored) => kind === "CustomResourceDefinition";
  return [...objects.filter(isDefinition), ...objects.filter((object) => !isDefinition(object))];
}

function serving(resources: readonly Resource[], { apiVersion, kind }: Stored): Resource {
  const found = resources.find((each) => each.kind === kind && apiVersionOf(each) === apiVersion);
  if (found === undefined) throw new Error(`Nothing serves ${apiVersion} ${kind}.`);
  return found;
}

function keyOf(namespace: string | undefined, name: string): string {
  return `${namespace ?? ""}/${name}`;
}
