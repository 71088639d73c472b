import type { Table } from "../catalog/tables.ts";
import { type Database, inTransaction } from "../database.ts";
import { quoteName, quoteQualified, quoteText } from "../quote.ts";
import type { RunNames } from "../runNames.ts";
import { type Change, parseChange, type Relation, type Row } from "./changes.ts";

/** Rows that must be compared again, by table; `all`: too many to name, or nothing names them. */
export type Touched = Map<string, Set<string> | "all">;

/** Beyond this it is cheaper to compare the table than its keys one by one. */
export const MOST_KEYS = 50_000;

/** A key as one text, to be a member of a set. */
export function keyText(values: readonly string[]): string {
  return JSON.stringify(values);
}

export function keyValues(key: string): readonly string[] {
  return JSON.parse(key) as readonly string[];
}

export function touch(touched: Touched, table: string, key: string | null): void {
  const known = touched.get(table);
  if (known === "all") return;
  if (key === null || (known?.size ?? 0) >= MOST_KEYS) touched.set(table, "all");
  else if (known === undefined) touched.set(table, new Set([key]));
  else known.add(key);
}

/** What was read off the slot beside the touched rows. */
export interface SlotReading {
  /** Changes that came after the last one to the marker: after the fence there may be none. */
  readonly afterMarker: number;
  readonly changes: number;
}

const BATCH = 500;

/**
 * Reads every change since the last reading and notes which rows it touched. The list stays on the server and is
 * fetched in parts, so a transaction of millions of rows costs no memory here.
 */
export async function readTouched(
  database: Database,
  names: RunNames,
  publication: string,
  tables: ReadonlyMap<string, Table>,
  touched: Touched,
): Promise<SlotReading> {
  const note = createNoter(tables, quoteQualified({ schema: names.schema, name: "marker" }), touched);
  await inTransaction(database, async () => {
    await database.script(
      `declare changes no scroll cursor for select data from pg_logical_slot_get_binary_changes(
        ${quoteText(names.touched)}, null, null, 'proto_version', '1', 'publication_names', ${quoteText(quoteName(publication))})`,
    );
    for (;;) {
      const rows = await database.query<{ data: Buffer }>(`fetch ${BATCH} from changes`);
      for (const { data } of rows) note.take(parseChange(data));
      if (rows.length === 0) break;
    }
  });
  return note.reading();
}

interface Noter {
  take(change: Change): void;
  reading(): SlotReading;
}

function createNoter(tables: ReadonlyMap<string, Table>, marker: string, touched: Touched): Noter {
  const relations = new Map<number, Relation>();
  let changes = 0;
  let afterMarker = 0;
  const note = (
    id: number,
    keys: (relation: Relation | undefined, name: string) => readonly (string | null)[],
  ) => {
    const relation = relations.get(id);
    const name = relation === undefined ? "" : quoteQualified(relation);
    changes++;
    afterMarker = name === marker ? 0 : afterMarker + 1;
    if (name !== marker) for (const key of keys(relation, name)) touch(touched, name, key);
  };
  return {
    take(change) {
      if (change.kind === "relation") relations.set(change.relation.id, change.relation);
      if (change.kind === "truncated") for (const id of change.relationIds) note(id, () => [null]);
      if (change.kind === "rows") {
        note(change.relationId, (relation, name) => keysOf(tables.get(name), relation, change.rows));
      }
    },
    reading: () => ({ changes, afterMarker }),
  };
}

/** The key in each tuple; `null` where it cannot be told. The old key of an UPDATE that kept it is not sent: the new row has it. */
function keysOf(
  table: Table | undefined,
  relation: Relation | undefined,
  rows: readonly Row[],
): readonly (string | null)[] {
  const key = table?.key ?? null;
  if (key === null) return [null];
  const places = key.map(({ name }) => relation?.columns.indexOf(name) ?? -1);
  return rows.map((row) => {
    const values = places.map((place) => row[place]);
    return values.every((value) => typeof value === "string") ? keyText(values) : null;
  });
}
