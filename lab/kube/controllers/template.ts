import { createHash } from "node:crypto";
import { type Fields, isFields } from "../object.ts";

const LETTERS = "bcdfghjklmnpqrstvwxz2456789";

/** Ten letters that stand for a pod template, as the names of ReplicaSets end. Not the same as the real server's. */
export function templateHash(template: unknown): string {
  const digest = createHash("sha256")
    .update(JSON.stringify(ordered(template)))
    .digest();
  return [...digest.subarray(0, 10)].map((byte) => LETTERS[byte % LETTERS.length]).join("");
}

/** A pod made from a template. */
export function podFrom(template: unknown): { readonly metadata: Fields; readonly spec: Fields } {
  const { metadata = {}, spec = {} } = structuredClone(template) as {
    readonly metadata?: Fields;
    readonly spec?: Fields;
  };
  return { metadata, spec };
}

function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered);
  if (!isFields(value)) return value;
  const entries = Object.entries(value).map(([key, inner]) => [key, ordered(inner)] as const);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}
