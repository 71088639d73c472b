import { type Fields, isFields, same } from "../object.ts";
import { mergeKey } from "./listKeys.ts";

/**
 * Strategic merge as kubectl knows it: like a merge patch, but lists with a key merge item by item.
 * `$patch: delete|replace` and `$deleteFromPrimitiveList` are understood; `$setElementOrder` is ignored.
 */
export function strategicPatch(target: unknown, patch: unknown, field = ""): unknown {
  if (Array.isArray(patch)) return mergeLists(Array.isArray(target) ? target : [], patch, field);
  if (!isFields(patch)) return patch;
  if (patch.$patch === "replace") return without(patch, "$patch");
  const result: Fields = isFields(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (key.startsWith("$deleteFromPrimitiveList/")) {
      const name = key.slice("$deleteFromPrimitiveList/".length);
      result[name] = ((result[name] ?? []) as unknown[]).filter(
        (item) => !(value as unknown[]).includes(item),
      );
    } else if (key.startsWith("$")) continue;
    else if (value === null) delete result[key];
    else result[key] = strategicPatch(result[key], value, key);
  }
  return result;
}

function mergeLists(live: readonly unknown[], patch: readonly unknown[], field: string): unknown {
  const key = mergeKey(field, [...live, ...patch]);
  const isReplaced = patch.some((item) => isFields(item) && item.$patch === "replace");
  if (key === undefined || isReplaced) {
    return patch.filter((item) => !(isFields(item) && item.$patch === "replace"));
  }
  const idOf = (item: unknown) => (item as Fields)[key];
  const isNamed = (item: unknown) => patch.some((other) => same(idOf(other), idOf(item)));
  const merged = patch
    .filter((item) => (item as Fields).$patch !== "delete")
    .map((item) =>
      strategicPatch(
        live.find((other) => same(idOf(other), idOf(item))),
        item,
      ),
    );
  const untouched = live.filter((item) => !isNamed(item));
  const places = live.map(idOf);
  return interleaved(untouched, merged, (item) => places.findIndex((id) => same(id, idOf(item))));
}

/** `mergeSortedSlice` of apimachinery: what the patch names comes first unless the live order says otherwise. */
function interleaved(
  left: readonly unknown[],
  right: readonly unknown[],
  placeOf: (item: unknown) => number,
): readonly unknown[] {
  const result: unknown[] = [];
  const [remaining, named] = [[...left], [...right]];
  while (remaining.length > 0 && named.length > 0) {
    const [leftPlace, rightPlace] = [placeOf(remaining[0]), placeOf(named[0])];
    const isLeftFirst = rightPlace >= 0 && leftPlace < rightPlace;
    result.push(isLeftFirst ? remaining.shift() : named.shift());
  }
  return [...result, ...remaining, ...named];
}

function without(object: Fields, key: string): Fields {
  return Object.fromEntries(Object.entries(object).filter(([name]) => name !== key));
}
