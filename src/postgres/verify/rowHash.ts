import type { Table } from "../catalog/tables.ts";
import { quoteName, quoteQualified } from "../quote.ts";

/**
 * The rows of a table with two 64-bit hashes of their text: 128 bits a row. `text` and so the hash is the same on every
 * major, because both sessions have the same settings and columns go by name. The C collation makes it bytes.
 * Subquery `t` computes the text once; `offset 0` keeps the planner from undoing that.
 */
export function hashedRows(table: Table): string {
  return `(${selectHashed(table, [])})`;
}

/** With the key of each row too, as the text of a JSON array; it is written for those rows only that somebody asks for. */
export function keyedRows(table: Table): string {
  const names = table.key?.map(({ name }) => name) ?? [];
  return `(${selectHashed(table, names)})`;
}

function selectHashed(table: Table, key: readonly string[]): string {
  const row = `row(${table.columns.map((name) => `r.${quoteName(name)}`).join(", ")})::text collate "C"`;
  const parts = key.map((name, index) => `, r.${quoteName(name)} as k${index}`).join("");
  const written = key.length === 0 ? "" : `, ${keyJson(key.length)} as key`;
  return `select hashtextextended(t.text, 0) as h0, hashtextextended(t.text, 1) as h1${written}
    from (select ${row} as text${parts} from only ${quoteQualified(table)} r offset 0) t`;
}

/**
 * `format` writes a value as its type does and as the slot lists it; a cast to text writes some otherwise: `true` for `t`,
 * a char(n) without its blanks, an inet with its mask. A key has no NULL, of which `format` would make an empty text.
 */
function keyJson(parts: number): string {
  const values = Array.from({ length: parts }, (_, index) => `format('%s', t.k${index})`);
  return `array_to_json(array[${values.join(", ")}])::text`;
}
