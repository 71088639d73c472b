import { isAlias, isMap, isScalar, isSeq, type Node, type Pair } from "yaml";
import { closest } from "../model/similar.ts";
import type { Source } from "./source.ts";

/**
 * A place in the document. Readers walk it down, take what they need, and leave a problem
 * where something is wrong; they never throw, so that every problem is found in one go.
 */
export interface Cursor {
  /** `signals.node-cpu.watch` */
  readonly path: string;
  /** `null`: nothing is written here. */
  readonly node: Node | null;
  /** Leaves a problem here. */
  problem(message: string, hint?: string): void;
  /** The value under a key of a mapping; without one it stands at the mapping's own place. */
  get(key: string): Cursor;
  /** The keys and values of a mapping, in the file's order. */
  entries(): readonly (readonly [key: string, value: Cursor])[];
  /** The items of a list. */
  items(): readonly Cursor[];
  /** Leaves a problem at every key of a mapping that is not known. */
  allow(known: readonly string[]): void;
}

export function rootOf(source: Source): Cursor {
  return cursorAt(source, source.document.contents, "", 0);
}

/** A part of the document that stands at `place`. */
function cursorAt(source: Source, node: Node | null, path: string, place: number): Cursor {
  const resolved = isAlias(node) ? (node.resolve(source.document) ?? null) : node;
  const offset = node?.range?.[0] ?? place;
  const problem = (message: string, hint?: string) => source.report(offset, message, hint);
  return {
    path,
    node: isScalar(resolved) && resolved.value === null ? null : resolved,
    problem,
    get(key) {
      const pair = pairsOf(resolved).find((each) => keyText(each) === key);
      return cursorAt(
        source,
        (pair?.value as Node | null | undefined) ?? null,
        join(path, key),
        keyOffset(pair, offset),
      );
    },
    entries: () =>
      pairsOf(resolved).map((pair) => {
        const key = keyText(pair);
        const value = pair.value as Node | null;
        return [key, cursorAt(source, value, join(path, key), keyOffset(pair, offset))] as const;
      }),
    items: () =>
      (isSeq(resolved) ? resolved.items : []).map((item, index) =>
        cursorAt(source, item as Node, `${path}[${index}]`, offset),
      ),
    allow(known) {
      for (const pair of pairsOf(resolved)) {
        const key = keyText(pair);
        if (known.includes(key)) continue;
        const near = closest(key, known);
        const hint = near === undefined ? `Known here: ${known.join(", ")}.` : `Did you mean ${near}?`;
        source.report(keyOffset(pair, offset), `${join(path, key)} is not known.`, hint);
      }
    },
  };
}

function pairsOf(node: unknown): readonly Pair[] {
  return isMap(node) ? node.items : [];
}

function keyText({ key }: Pair): string {
  return isScalar(key) ? String(key.value) : String(key);
}

function keyOffset(pair: Pair | undefined, otherwise: number): number {
  return (pair?.key as Node | undefined)?.range?.[0] ?? otherwise;
}

function join(path: string, key: string): string {
  return path === "" ? key : `${path}.${key}`;
}
