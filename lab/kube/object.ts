import { isDeepStrictEqual } from "node:util";

/** JSON's own object. */
export type Fields = Record<string, unknown>;

export interface Owner {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

export interface Metadata extends Fields {
  name: string;
  namespace?: string;
  uid: string;
  resourceVersion: string;
  generation?: number;
  creationTimestamp: string;
  deletionTimestamp?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: Owner[];
  finalizers?: string[];
}

/** An object as it is kept. Nobody changes one: a write puts an edited copy in its place. */
export interface Stored extends Fields {
  apiVersion: string;
  kind: string;
  metadata: Metadata;
}

export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What is at a path, believed to be a `T`; `undefined` where the path ends early. */
export function read<T>(value: unknown, ...path: readonly (string | number)[]): T | undefined {
  return path.reduce<unknown>(
    (inner, key) =>
      typeof inner === "object" && inner !== null ? (inner as Fields)[key as string] : undefined,
    value,
  ) as T | undefined;
}

/** A copy with something changed. */
export function edited<T>(object: T, change: (draft: T) => void): T {
  const draft = structuredClone(object);
  change(draft);
  return draft;
}

export const same = isDeepStrictEqual;

export function ownerOf(owner: Stored): Owner {
  const { apiVersion, kind, metadata } = owner;
  return {
    apiVersion,
    kind,
    name: metadata.name,
    uid: metadata.uid,
    controller: true,
    blockOwnerDeletion: true,
  };
}

export function isOwnedBy(object: Stored, owner: Stored): boolean {
  return (object.metadata.ownerReferences ?? []).some(({ uid }) => uid === owner.metadata.uid);
}
