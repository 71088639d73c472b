import { OutgrowError } from "../../model/error.ts";
import { createCursor, type MessageCursor } from "./messageCursor.ts";

/** What one message of the output plugin says about rows; messages about transactions say nothing. */
export type Change =
  | { readonly kind: "relation"; readonly relation: Relation }
  /** A row that came, changed (under its old key too, if that is another) or went. */
  | { readonly kind: "rows"; readonly relationId: number; readonly rows: readonly Row[] }
  /** Tables that were emptied, or of which a row is too long to be taken in: nothing names what was touched. */
  | { readonly kind: "unnamed"; readonly relationIds: readonly number[] }
  | { readonly kind: "other" };

export interface Relation {
  readonly id: number;
  readonly schema: string;
  readonly name: string;
  readonly columns: readonly string[];
}

/** Values as text, in the order of the relation's columns; `undefined`: not sent, because it did not change or is not part of the identity. */
export type Row = readonly (string | null | undefined)[];

/**
 * One message of `pgoutput`, protocol 1, without its framing.
 * https://www.postgresql.org/docs/current/protocol-logicalrep-message-formats.html
 */
export function parseChange(message: Buffer): Change {
  const cursor = createCursor(message);
  const type = cursor.letter();
  const parse = PARSERS[type];
  if (parse !== undefined) return parse(cursor);
  if (WITHOUT_ROWS.has(type)) return { kind: "other" };
  throw new OutgrowError("bad-answer", `PostgreSQL sent a change of the unknown kind "${type}".`);
}

/** Begin, commit, origin, type. */
const WITHOUT_ROWS = new Set(["B", "C", "O", "Y"]);

const PARSERS: Readonly<Record<string, (cursor: MessageCursor) => Change>> = {
  R: parseRelation,
  I: parseRows,
  U: parseRows,
  D: parseRows,
  T: parseTruncate,
};

function parseRelation(cursor: MessageCursor): Change {
  const id = cursor.int32();
  const schema = cursor.text() || "pg_catalog";
  const name = cursor.text();
  cursor.letter();
  const columns = Array.from({ length: cursor.int16() }, () => {
    cursor.skip(1);
    const column = cursor.text();
    cursor.skip(8);
    return column;
  });
  return { kind: "relation", relation: { id, schema, name, columns } };
}

/** Tuples stand behind `K` (old key), `O` (old row) and `N` (new row). */
function parseRows(cursor: MessageCursor): Change {
  const relationId = cursor.int32();
  const rows: Row[] = [];
  while (!cursor.isAtEnd()) {
    cursor.letter();
    rows.push(parseTuple(cursor));
  }
  return { kind: "rows", relationId, rows };
}

function parseTuple(cursor: MessageCursor): Row {
  return Array.from({ length: cursor.int16() }, () => {
    const kind = cursor.letter();
    if (kind === "n") return null;
    if (kind === "u") return undefined;
    return cursor.sized();
  });
}

/** Of a change of a row, which table it is of; its beginning is enough. */
export function parseUnnamed(beginning: Buffer): Change {
  const cursor = createCursor(beginning);
  cursor.letter();
  return { kind: "unnamed", relationIds: [cursor.int32()] };
}

function parseTruncate(cursor: MessageCursor): Change {
  const count = cursor.int32();
  cursor.skip(1);
  return { kind: "unnamed", relationIds: Array.from({ length: count }, () => cursor.int32()) };
}
