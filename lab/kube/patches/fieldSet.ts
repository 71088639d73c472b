import { type Fields, isFields, same } from "../object.ts";
import { isAtomic, isSet, listKeys } from "./listKeys.ts";

/**
 * A set of field paths as `managedFields` has them. A path is its elements (`f:spec`, `k:{"name":"main"}`, …)
 * joined by a character no element has; the path of an object that is owned as such ends in `.`.
 */
export type FieldSet = ReadonlySet<string>;

const JOIN = "\u0000";
const SELF = ".";

/** What of `next` is not in `last`, or other there; and what is gone. Status of structured-merge-diff's `Compare`. */
export interface Difference {
  readonly changed: FieldSet;
  readonly removed: FieldSet;
}

export function difference(last: unknown, next: unknown): Difference {
  const changed = new Set<string>();
  const removed = new Set<string>();
  compare(last, next, [], { changed, removed });
  return { changed, removed };
}

/** All leaves of a configuration: what its applier owns. */
export function leavesOf(configuration: unknown): FieldSet {
  const leaves = new Set<string>();
  collect(configuration, [], leaves, false);
  return leaves;
}

interface Collected {
  readonly changed: Set<string>;
  readonly removed: Set<string>;
}

function compare(last: unknown, next: unknown, path: readonly string[], found: Collected): void {
  const field = path.at(-1)?.slice(2) ?? "";
  const [before, after] = [childrenOf(last, field), childrenOf(next, field)];
  if (before === undefined || after === undefined) {
    if (!same(last, next)) found.changed.add(path.join(JOIN));
    return;
  }
  for (const [element, value] of after) {
    const inner = [...path, element];
    if (before.has(element)) compare(before.get(element), value, inner, found);
    else collect(value, inner, found.changed, true);
  }
  for (const [element, value] of before) {
    if (!after.has(element)) collect(value, [...path, element], found.removed, true);
  }
}

/** `withSelf`: objects are new here, and so owned themselves too. */
function collect(value: unknown, path: readonly string[], into: Set<string>, withSelf: boolean): void {
  const children = childrenOf(value, path.at(-1)?.slice(2) ?? "");
  const isItem = path.at(-1)?.startsWith("k:") ?? false;
  if (children === undefined || children.size === 0) {
    if (path.length > 0 && path.join() !== "f:metadata") into.add(path.join(JOIN));
    return;
  }
  if (path.length > 0 && (withSelf || isItem)) into.add([...path, SELF].join(JOIN));
  for (const [element, inner] of children) collect(inner, [...path, element], into, withSelf);
}

/** What is inside, by path element; `undefined`: it is one value. */
function childrenOf(value: unknown, field: string): ReadonlyMap<string, unknown> | undefined {
  if (isFields(value)) {
    if (isAtomic(field)) return undefined;
    return new Map(Object.entries(value).map(([key, inner]) => [`f:${key}`, inner]));
  }
  if (!Array.isArray(value)) return undefined;
  if (isSet(field)) return new Map(value.map((item) => [`v:${JSON.stringify(item)}`, item]));
  const keys = listKeys(field, value);
  if (keys === undefined) return undefined;
  return new Map(value.map((item) => [itemElement(item as Fields, keys), item]));
}

function itemElement(item: Fields, keys: readonly string[]): string {
  const named = keys.map((key) => [key, item[key] ?? (key === "protocol" ? "TCP" : undefined)]);
  return `k:${JSON.stringify(Object.fromEntries(named))}`;
}

/** `FieldsV1` and back. */
export function toFieldsV1(set: FieldSet): Fields {
  const root: Fields = {};
  for (const path of set) {
    let place = root;
    for (const element of path.split(JOIN)) {
      const inner = (place[element] ?? {}) as Fields;
      place[element] = inner;
      place = inner;
    }
  }
  return root;
}

export function fromFieldsV1(fields: Fields): FieldSet {
  const set = new Set<string>();
  const walk = (value: Fields, path: readonly string[]) => {
    const entries = Object.entries(value);
    if (entries.length === 0 && path.length > 0) set.add(path.join(JOIN));
    for (const [element, inner] of entries) walk(inner as Fields, [...path, element]);
  };
  walk(fields, []);
  return set;
}

/** `.spec.template.spec.containers[name="main"].image`, as conflicts are told. */
export function pathText(path: string): string {
  return path
    .split(JOIN)
    .filter((element) => element !== SELF)
    .map((element) => {
      if (element.startsWith("f:")) return `.${element.slice(2)}`;
      if (element.startsWith("v:")) return `[=${element.slice(2)}]`;
      const keys = Object.entries(JSON.parse(element.slice(2)) as Fields);
      return `[${keys.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(",")}]`;
    })
    .join("");
}

export { JOIN as PATH_JOIN, SELF as PATH_SELF };
