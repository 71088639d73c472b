import { type Fields, isFields, type Stored } from "../object.ts";
import { PATH_JOIN, PATH_SELF } from "./fieldSet.ts";

/** An object without the fields at some paths; items of keyed lists go with their own `.`. */
export function pruned(object: Stored, paths: readonly string[]): Stored {
  const copy = structuredClone(object);
  for (const path of paths) remove(copy, path.split(PATH_JOIN));
  return copy;
}

function remove(holder: unknown, [element, ...rest]: readonly string[]): void {
  if (element === undefined || element === PATH_SELF) return;
  if (Array.isArray(holder)) {
    const index = holder.findIndex((item) => isAt(item, element));
    if (index < 0) return;
    if (rest.length === 0 || rest[0] === PATH_SELF) holder.splice(index, 1);
    else remove(holder[index], rest);
  } else if (isFields(holder)) {
    const key = element.slice(2);
    if (rest.length === 0) delete holder[key];
    else remove(holder[key], rest);
  }
}

function isAt(item: unknown, element: string): boolean {
  if (element.startsWith("v:")) return JSON.stringify(item) === element.slice(2);
  const keys = Object.entries(JSON.parse(element.slice(2)) as Fields);
  return keys.every(([key, value]) => (item as Fields)[key] === value);
}
