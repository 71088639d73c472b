import type { Fields, Stored } from "../object.ts";
import { difference, type FieldSet, fromFieldsV1, toFieldsV1 } from "./fieldSet.ts";
import { skeletonOf } from "./skeleton.ts";

/** One entry of `metadata.managedFields`. */
export interface Entry {
  readonly manager: string;
  readonly operation: "Apply" | "Update";
  readonly apiVersion: string;
  readonly time?: string;
  readonly fieldsType: "FieldsV1";
  readonly fieldsV1: Fields;
  readonly subresource?: string;
}

/** Who writes, and through which door. */
export interface Writer {
  readonly manager: string;
  readonly subresource?: string;
}

export function entriesOf({ metadata }: Pick<Stored, "metadata">): readonly Entry[] {
  return (metadata.managedFields ?? []) as readonly Entry[];
}

/** The entries after an update: what the writer changed is the writer's, and nobody else's any more. */
export function afterUpdate(
  last: Stored | undefined,
  next: Stored,
  { manager, subresource }: Writer,
  time: string,
): readonly Entry[] {
  const { changed, removed } = difference(
    owned(last ?? skeletonOf(next), subresource),
    owned(next, subresource),
  );
  const entries = last === undefined ? [] : entriesOf(last);
  if (changed.size === 0 && removed.size === 0) return entries;
  const isOwn = (entry: Entry) =>
    entry.manager === manager && entry.operation === "Update" && entry.subresource === subresource;
  const own = entries.find(isOwn);
  const others = entries.flatMap((entry) => (isOwn(entry) ? [] : reduced(entry, [changed, removed])));
  const fields = new Set([...(own === undefined ? [] : fromFieldsV1(own.fieldsV1)), ...changed]);
  for (const path of removed) fields.delete(path);
  if (fields.size === 0) return others;
  const mine: Entry = {
    manager,
    operation: "Update",
    apiVersion: next.apiVersion,
    // The scale subresource tells no time.
    ...(subresource === "scale" ? {} : { time }),
    fieldsType: "FieldsV1",
    fieldsV1: toFieldsV1(fields),
    ...(subresource === undefined ? {} : { subresource }),
  };
  return sorted([...others, mine]);
}

/** An entry without some fields; nothing when none is left. */
export function reduced(entry: Entry, gone: readonly FieldSet[]): readonly Entry[] {
  const fields = [...fromFieldsV1(entry.fieldsV1)].filter((path) => !gone.some((set) => set.has(path)));
  return fields.length === 0 ? [] : [{ ...entry, fieldsV1: toFieldsV1(new Set(fields)) }];
}

/** Appliers first, then by time, then by name: the order of apiserver. */
export function sorted(entries: readonly Entry[]): readonly Entry[] {
  const keyOf = ({ operation, time, manager, subresource }: Entry) =>
    [operation, time ?? "", manager, subresource ?? ""].join("\u0000");
  return [...entries].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

const UNTRACKED = [
  "name",
  "namespace",
  "uid",
  "resourceVersion",
  "generation",
  "creationTimestamp",
  "deletionTimestamp",
  "deletionGracePeriodSeconds",
  "managedFields",
  "selfLink",
];

/** Through the main door nobody comes to own a status, nor the finalizers a namespace is born with. */
function owned(object: Stored | Fields, subresource: string | undefined): Fields {
  const fields = tracked(object);
  if (subresource === "status") return fields;
  const { status: _, ...rest } = fields;
  return object.kind === "Namespace" ? { ...rest, spec: {} } : rest;
}

/** The part of an object whose fields have owners. */
export function tracked(object: Stored | Fields): Fields {
  const metadata = Object.entries((object.metadata ?? {}) as Fields).filter(
    ([key]) => !UNTRACKED.includes(key),
  );
  const rest = Object.entries(object).filter(([key]) => !["apiVersion", "kind", "metadata"].includes(key));
  return { ...Object.fromEntries(rest), metadata: Object.fromEntries(metadata) };
}
