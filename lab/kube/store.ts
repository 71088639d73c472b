import { randomUUID } from "node:crypto";
import type { Stored } from "./object.ts";
import type { Resource } from "./resources.ts";
import { createTables, keyOf } from "./tables.ts";

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
  const tables = createTables();
  const listeners = new Set<(change: Change) => void>();

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
  const compact = () => {
    compacted = revision;
    changes = [];
  };
  return {
    compact,
    resources: tables.resources,
    revision: () => revision,
    compactedAt: () => compacted,
    get: (resource, namespace, name) => tables.of(resource).get(keyOf(namespace, name)),
    list: (resource, namespace) => listed(tables.of(resource), namespace),
    put: (resource, object) => {
      const objects = tables.of(resource);
      const key = keyOf(object.metadata.namespace, object.metadata.name);
      const type = objects.has(key) ? "MODIFIED" : "ADDED";
      const kept = numbered(object);
      objects.set(key, kept);
      return record(type, resource, kept);
    },
    remove: (resource, object) => {
      tables.of(resource).delete(keyOf(object.metadata.namespace, object.metadata.name));
      return record("DELETED", resource, numbered(object));
    },
    changesSince: (since) => changes.filter((change) => change.revision > since),
    listen: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    snapshot: () => structuredClone({ revision, objects: tables.all() }),
    restore: (snapshot) => {
      revision = snapshot.revision;
      compact();
      tables.refill(structuredClone(snapshot.objects));
    },
  };
}

function listed(table: ReadonlyMap<string, Stored>, namespace: string | undefined): readonly Stored[] {
  const prefix = namespace === undefined ? "" : `${namespace}/`;
  const found = [...table].filter(([key]) => key.startsWith(prefix));
  return found.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object);
}

export function newUid(): string {
  return randomUUID();
}
