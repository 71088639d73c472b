import { isMap, isScalar, isSeq } from "yaml";
import type { SecretRef } from "../model/secret.ts";
import { closest } from "../model/similar.ts";
import type { Millis } from "../model/time.ts";
import type { ObjectRef } from "./config.ts";
import type { Cursor } from "./cursor.ts";
import { parseBytes, parseDuration } from "./units.ts";

/** Every reader gives `undefined` when nothing is written, and after leaving a problem. */
export type Reader<T> = (cursor: Cursor) => T | undefined;

/** A mapping with these keys; leaves a problem for what is something else. */
export function isMapping(cursor: Cursor, known: readonly string[]): boolean {
  if (cursor.node === null) return false;
  if (!isMap(cursor.node)) {
    cursor.problem(`${nameOf(cursor)} must be a mapping.`, `It has the keys ${known.join(", ")}.`);
    return false;
  }
  cursor.allow(known);
  return true;
}

/** The keys and values of a mapping whose keys are the user's own; leaves a problem for what is something else. */
export function entriesOf(cursor: Cursor, holds: string, example: string): ReturnType<Cursor["entries"]> {
  if (cursor.node === null || isMap(cursor.node)) return cursor.entries();
  cursor.problem(`${cursor.path} must be a mapping of ${holds}.`, `Write ${example}.`);
  return [];
}

/** Leaves a problem when nothing is written. */
export function required<T>(cursor: Cursor, read: Reader<T>, example: string): T | undefined {
  if (cursor.node !== null) return read(cursor);
  cursor.problem(`${cursor.path} is missing.`, `Write ${example}.`);
  return undefined;
}

export function readText(cursor: Cursor): string | undefined {
  const value = scalarOf(cursor);
  if (value === undefined) return undefined;
  if (typeof value === "string" && value.trim() !== "") return value;
  cursor.problem(`${cursor.path} must be a text.`);
  return undefined;
}

export function readCount(cursor: Cursor): number | undefined {
  const value = scalarOf(cursor);
  if (value === undefined) return undefined;
  if (typeof value === "number" && Number.isInteger(value) && value > 0) return value;
  cursor.problem(`${cursor.path} must be a whole number above 0.`);
  return undefined;
}

export function readDuration(cursor: Cursor): Millis | undefined {
  const value = scalarOf(cursor);
  if (value === undefined) return undefined;
  const duration = parseDuration(String(value));
  if (duration !== null && duration > 0) return duration;
  const hint = typeof value === "number" ? `Write ${value}s or ${value}m.` : "Write 30s, 5m or 1h 30m.";
  cursor.problem(`${cursor.path} must be a duration with its unit.`, hint);
  return undefined;
}

export function readBytes(cursor: Cursor): number | undefined {
  const value = scalarOf(cursor);
  if (value === undefined) return undefined;
  const bytes = parseBytes(String(value));
  if (bytes !== null && bytes > 0) return bytes;
  cursor.problem(`${cursor.path} must be a size with its unit.`, "Write 512MiB or 1GiB.");
  return undefined;
}

export function readOneOf<const T extends string>(words: readonly T[]): Reader<T> {
  return (cursor) => {
    const value = scalarOf(cursor);
    if (value === undefined) return undefined;
    const word = words.find((each) => each === value);
    if (word !== undefined) return word;
    const near = closest(String(value), words);
    const hint = near === undefined ? `Write ${words.join(", or ")}.` : `Did you mean ${near}?`;
    cursor.problem(`${cursor.path} cannot be ${JSON.stringify(value)}.`, hint);
    return undefined;
  };
}

export function readList<T>(read: Reader<T>): Reader<readonly T[]> {
  return (cursor) => {
    if (cursor.node === null) return undefined;
    if (!isSeq(cursor.node)) {
      cursor.problem(`${cursor.path} must be a list.`, "Write [one, two].");
      return undefined;
    }
    return cursor.items().flatMap((item) => read(item) ?? []);
  };
}

/** `namespace/name`, as in `default/glaze-web`. */
export function readObjectRef(cursor: Cursor): ObjectRef | undefined {
  const text = readText(cursor);
  if (text === undefined) return undefined;
  const [namespace = "", name = "", ...more] = text.split("/");
  if (more.length === 0 && DNS_NAME.test(namespace) && DNS_NAME.test(name)) return { namespace, name };
  cursor.problem(`${cursor.path} must be namespace/name.`, "Write default/glaze-web, say.");
  return undefined;
}

const DNS_NAME = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/;

/** A secret may only be pointed at. What stands there instead is never shown. */
export function readSecret(cursor: Cursor): SecretRef | undefined {
  if (cursor.node === null) return undefined;
  const hint = "Write { env: NAME } or { file: PATH }.";
  if (!isMap(cursor.node)) {
    cursor.problem(`${cursor.path} is a secret and must not stand in this file.`, hint);
    return undefined;
  }
  const [env, file] = [cursor.get("env"), cursor.get("file")];
  if (cursor.entries().length !== 1 || (env.node === null) === (file.node === null)) {
    cursor.problem(`${cursor.path} must name one environment variable or one file.`, hint);
    return undefined;
  }
  const name = readText(env.node === null ? file : env);
  if (name === undefined) return undefined;
  return env.node === null ? { file: name } : { env: name };
}

/** What a scalar holds; leaves a problem for a mapping or list. */
export function scalarOf(cursor: Cursor): string | number | boolean | undefined {
  const { node } = cursor;
  if (node === null) return undefined;
  if (isScalar(node) && ["string", "number", "boolean"].includes(typeof node.value)) {
    return node.value as string | number | boolean;
  }
  cursor.problem(`${cursor.path} must be a single value.`);
  return undefined;
}

function nameOf({ path }: Cursor): string {
  return path === "" ? "The file" : path;
}
