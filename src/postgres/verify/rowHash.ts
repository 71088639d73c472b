import type { Table } from "../catalog/tables.ts";
import { quoteName, quoteQualified } from "../quote.ts";

/**
 * The rows of a table with two 64-bit hashes of their text: 128 bits a row. `text` and so the hash is the same on every
 * major, because both sessions have the same settings and columns go by name. The C collation makes it bytes.
 * Subquery `t` computes the text once; `offset 0` keeps the planner from undoing that.
 */
export function hashedRows(table: Table, alsoKey: boolean): string {
  const row = `row(${table.columns.map((name) => `r.${quoteName(name)}`).join(", ")})::text collate "C"`;
  const key = alsoKey ? `, ${keyArray(table)} as key` : "";
  return `(select hashtextextended(t.text, 0) as h0, hashtextextended(t.text, 1) as h1${alsoKey ? ", t.key" : ""}
    from (select ${row} as text${key} from only ${quoteQualified(table)} r offset 0) t)`;
}

/** The key as an array of texts; of a row without one, its whole text. */
function keyArray({ key, columns }: Table): string {
  const parts = (key?.map(({ name }) => name) ?? columns).map((name) => `r.${quoteName(name)}::text`);
  return `array[${parts.join(", ")}]`;
}
