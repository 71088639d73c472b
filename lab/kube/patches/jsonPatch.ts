import { type Fields, isFields, same } from "../object.ts";
import { badRequest, refusal } from "../refusal.ts";

interface Operation {
  readonly op: "add" | "remove" | "replace" | "move" | "copy" | "test";
  readonly path: string;
  readonly from?: string;
  readonly value?: unknown;
}

const OPERATIONS: ReadonlySet<string> = new Set(["add", "remove", "replace", "move", "copy", "test"]);

/** RFC 6902. An operation that fails refuses the whole patch with 422, as the API does. */
export function jsonPatch(target: unknown, operations: unknown): unknown {
  if (!Array.isArray(operations)) {
    throw badRequest("json: cannot unmarshal object into Go value of type jsonpatch.Patch");
  }
  const box = { root: structuredClone(target) };
  for (const operation of operations as readonly Operation[]) {
    if (!OPERATIONS.has(operation.op)) throw badRequest(`Unexpected kind: ${operation.op}`);
    apply(box, operation);
  }
  return box.root;
}

interface Box {
  root: unknown;
}

function apply(box: Box, { op, path, from = "", value }: Operation): void {
  if (op === "test") {
    if (!same(lookUp(box, path), value)) throw failed();
    return;
  }
  const source = op === "move" || op === "copy" ? structuredClone(lookUp(box, from)) : value;
  if (op === "move") remove(box, from);
  if (op === "replace" || op === "remove") remove(box, path);
  if (op !== "remove") add(box, path, source);
}

function add(box: Box, path: string, value: unknown): void {
  const { parent, key } = locate(box, path);
  if (Array.isArray(parent)) {
    const index = key === "-" ? parent.length : Number(key);
    if (!(index >= 0 && index <= parent.length)) throw failed();
    parent.splice(index, 0, value);
  } else parent[key] = value;
}

function remove(box: Box, path: string): void {
  const { parent, key } = locate(box, path);
  lookUp(box, path);
  if (Array.isArray(parent)) parent.splice(Number(key), 1);
  else delete parent[key];
}

function lookUp(box: Box, path: string): unknown {
  const { parent, key } = locate(box, path);
  const holder = parent as Fields;
  if (!(key in holder)) throw failed();
  return holder[key];
}

function locate(box: Box, path: string): { readonly parent: Fields | unknown[]; readonly key: string } {
  const keys = path.split("/").map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
  let parent: unknown = box;
  for (const key of ["root", ...keys.slice(1, -1)]) {
    parent = (parent as Fields)[key];
    if (!isFields(parent) && !Array.isArray(parent)) throw failed();
  }
  if (keys.length < 2) return { parent: box as unknown as Fields, key: "root" };
  return { parent: parent as Fields | unknown[], key: keys.at(-1) ?? "" };
}

function failed(): Error {
  return refusal(422, "Invalid", "the server rejected our request due to an error in our request", {});
}
