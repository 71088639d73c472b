import { OutgrowError } from "../../model/error.ts";
import { type Table, tableName } from "../catalog/tables.ts";
import type { Database } from "../database.ts";
import { keyValues } from "./touched.ts";

const NAMED_KEYS = 10;

/** They are found in the order of their hashes, which tells people nothing. */
const IN_ORDER = new Intl.Collator("en", { numeric: true });

/** Which rows are not the same, by the values of their key. `isExact`: these are all of them. */
export function different(
  table: Table | undefined,
  keys: ReadonlySet<string> | "all",
  isExact = true,
): OutgrowError {
  const name = table === undefined ? "a table" : tableName(table);
  return new OutgrowError(
    "verify",
    `The copy of ${name} differs from the original ${whereIn(table, keys, isExact)}.`,
    {
      hint: "Somebody wrote to the copy, or it is broken. On the way out: outgrow undo, and copy again. On the way home the new server has every row and serves on: mend these rows on the old one by hand, and run outgrow undo again.",
    },
  );
}

function whereIn(table: Table | undefined, keys: ReadonlySet<string> | "all", isExact: boolean): string {
  const key = table?.key ?? null;
  if (key === null) return "(its rows have no key to name them by)";
  if (keys === "all" || keys.size === 0) return "in more rows than were looked at one by one";
  const columns = key.map(({ name }) => name).join(", ");
  const named = [...keys]
    .sort(IN_ORDER.compare)
    .slice(0, NAMED_KEYS)
    .map((each) => `(${keyValues(each).join(", ")})`);
  const more = keys.size > named.length ? ` and ${keys.size - named.length} more` : "";
  return `in ${rowCount(keys.size, isExact)}, ${columns} = ${named.join(", ")}${more}`;
}

function rowCount(rows: number, isExact: boolean): string {
  if (!isExact) return `at least ${rows} rows`;
  return rows === 1 ? "one row" : `${rows} rows`;
}

export function unknownTable(name: string, { place }: Database): OutgrowError {
  return new OutgrowError("drift", `The table ${name} of ${place} came while it was being moved.`, {
    hint: "Let no migration run during the move. Walk back, and start again.",
  });
}

/** Somebody wrote though writes were held. */
export function broken(changes: number, { place }: Database): OutgrowError {
  return new OutgrowError("verify", `${changes} changes were written to ${place} while writes were held.`, {
    hint: "A worker inside the database writes by itself (a scheduler, a background worker): stop it first.",
  });
}
