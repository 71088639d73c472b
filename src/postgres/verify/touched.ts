import type { Table } from "../catalog/tables.ts";
import { type Database, inTransaction, queryOne } from "../database.ts";
import { quoteName, quoteQualified, quoteText } from "../quote.ts";
import type { RunNames } from "../runNames.ts";
import { type Change, parseChange, parseUnnamed, type Relation, type Row } from "./changes.ts";

/** Rows that must be compared again, by table; `all`: too many to name, or nothing names them. */
export type Touched = Map<string, Set<string> | "all">;

/** Beyond this it is cheaper to compare the table than its keys one by one. */
export const MOST_KEYS = 50_000;

/** Of all tables together, so that memory is the same however many are written to. */
const MOST_OF_ALL = 100_000;

/** A key as one text, to be a member of a set. */
export function keyText(values: readonly string[]): string {
  return JSON.stringify(values);
}

export function keyValues(key: string): readonly string[] {
  return JSON.parse(key) as readonly string[];
}

/** Counts what it adds: the sizes of thousands of sets are not asked for at every change. */
export function createToucher(touched: Touched): (table: string, key: string | null) => void {
  let held = keysHeld(touched);
  return (table, key) => {
    const known = touched.get(table) ?? new Set();
    if (known === "all") return;
    const before = known.size;
    const isNamed = key !== null && before < MOST_KEYS;
    touched.set(table, isNamed ? known.add(key) : "all");
    held += isNamed ? known.size - before : -before;
    if (held <= MOST_OF_ALL) return;
    forgetLargest(touched);
    held = keysHeld(touched);
  };
}

function keysHeld(touched: Touched): number {
  return [...touched.values()].reduce((sum, keys) => sum + sizeOf(keys), 0);
}

function forgetLargest(touched: Touched): void {
  const [largest] = [...touched].sort(([, a], [, b]) => sizeOf(b) - sizeOf(a));
  if (largest !== undefined) touched.set(largest[0], "all");
}

function sizeOf(keys: ReadonlySet<string> | "all"): number {
  return keys === "all" ? 0 : keys.size;
}

/** What was read off the slot beside the touched rows. */
export interface SlotReading {
  /** Changes that came after the last one to the marker: after the fence there may be none. */
  readonly afterMarker: number;
  readonly changes: number;
}

const BATCH = 500;

/** A long row comes in several parts: a batch of rows of a megabyte each would be more than this process may take. */
const PART_BYTES = 4_096;

/** A longer one is not taken in at all. */
const LONGEST_BYTES = 8e6;

/** So many at once, and the rest of the transaction they end in: the server writes down all of them before it gives the first. */
const BITE = 50_000;

/**
 * Reads every change since the last reading and notes which rows it touched: those of what has reached the disk by now. Where much is
 * written there would be no end to what comes while it is read.
 */
export async function readTouched(
  database: Database,
  names: RunNames,
  publication: string,
  tables: ReadonlyMap<string, Table>,
  touched: Touched,
): Promise<SlotReading> {
  const note = createNoter(tables, quoteQualified({ schema: names.schema, name: "marker" }), touched);
  const { end } = await queryOne<{ end: string }>(database, "select pg_current_wal_flush_lsn()::text as end");
  let taken = BITE;
  while (taken >= BITE) taken = await readBite(database, names, publication, end, note);
  return note.reading();
}

/** The list stays on the server and is fetched in parts, so a transaction of millions of rows costs no memory here. Gives how many messages it had. */
async function readBite(
  database: Database,
  names: RunNames,
  publication: string,
  end: string,
  note: Noter,
): Promise<number> {
  return inTransaction(database, async () => {
    await database.script(
      `declare changes no scroll cursor for
        select substr(c.data, p.at, ${PART_BYTES}) as part, p.at + ${PART_BYTES} > l.length as "isLast",
               l.length < octet_length(c.data) as "isLong"
          from pg_logical_slot_get_binary_changes(
            ${quoteText(names.touched)}, ${quoteText(end)}, ${BITE}, 'proto_version', '1', 'publication_names', ${quoteText(quoteName(publication))}) c
          cross join lateral (select case when octet_length(c.data) <= ${LONGEST_BYTES} then octet_length(c.data) else 1 end as length) l
          cross join lateral generate_series(1, l.length, ${PART_BYTES}) p(at)`,
    );
    const join = createJoiner();
    let messages = 0;
    for (;;) {
      const parts = await database.query<Part>(`fetch ${BATCH} from changes`);
      for (const part of parts) {
        const change = join(part);
        if (change === null) continue;
        note.take(change);
        messages++;
      }
      if (parts.length === 0) return messages;
    }
  });
}

/** Of a message; of one that is too long, its beginning and no more. */
interface Part {
  readonly part: Buffer;
  readonly isLast: boolean;
  readonly isLong: boolean;
}

/** Gives the change with the last part of its message. */
function createJoiner(): (part: Part) => Change | null {
  let parts: Buffer[] = [];
  return ({ part, isLast, isLong }) => {
    parts.push(part);
    if (!isLast) return null;
    const message = Buffer.concat(parts);
    parts = [];
    return isLong ? parseUnnamed(message) : parseChange(message);
  };
}

interface Noter {
  take(change: Change): void;
  reading(): SlotReading;
}

function createNoter(tables: ReadonlyMap<string, Table>, marker: string, touched: Touched): Noter {
  const relations = new Map<number, Relation>();
  const touch = createToucher(touched);
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
    if (name !== marker) for (const key of keys(relation, name)) touch(name, key);
  };
  return {
    take(change) {
      if (change.kind === "relation") relations.set(change.relation.id, change.relation);
      if (change.kind === "unnamed") for (const id of change.relationIds) note(id, () => [null]);
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
