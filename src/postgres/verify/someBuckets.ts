import type { Table } from "../catalog/tables.ts";
import { type Database, inTransaction } from "../database.ts";
import { keyedRows } from "./rowHash.ts";
import { keyText, keyValues, MOST_KEYS } from "./touched.ts";

/** Rows that are not the same on both sides, by key. */
export interface Difference {
  readonly keys: ReadonlySet<string>;
  /** These are all of them. */
  readonly isExact: boolean;
}

/**
 * Compares buckets row by row. Both sides give their rows in the order of their hashes, so that those which only one of them has
 * show as the two are read side by side, and memory holds a batch of each however many rows a bucket has.
 */
export async function compareBuckets(
  source: Database,
  target: Database,
  table: Table,
  isLooked: string,
): Promise<Difference> {
  const sql = `declare looked no scroll cursor for ${rowsSql(table, isLooked)}`;
  return inTransaction(source, () =>
    inTransaction(target, async () => {
      await Promise.all([source.script(sql), target.script(sql)]);
      return readSideBySide(createReader(source), createReader(target));
    }),
  );
}

/** A row without a key is named by its hash: its text may be long. */
function rowsSql(table: Table, isLooked: string): string {
  const key = table.key === null ? "array_to_json(array[h0::text, h1::text])::text" : "key";
  return `select (h0 || ' ' || h1) collate "C" as hash, ${key} as key from ${keyedRows(table)} h where ${isLooked} order by 1`;
}

async function readSideBySide(ours: Reader, theirs: Reader): Promise<Difference> {
  const keys = new Set<string>();
  while (keys.size < MOST_KEYS) {
    await Promise.all([ours.fill(), theirs.fill()]);
    if (ours.head() === END && theirs.head() === END) return { keys, isExact: true };
    noteOnlyOnOne(ours, theirs, keys);
  }
  return { keys, isExact: false };
}

/** As far as both have rows in memory. A row that is there twice and on the other side once is one that only one side has. */
function noteOnlyOnOne(ours: Reader, theirs: Reader, into: Set<string>): void {
  while (!ours.isDry() && !theirs.isDry()) {
    const [here, there] = [ours.head(), theirs.head()];
    if (here === END && there === END) return;
    if (here.hash <= there.hash) ours.step();
    if (there.hash <= here.hash) theirs.step();
    if (here.hash < there.hash) into.add(keyOf(here));
    if (there.hash < here.hash) into.add(keyOf(there));
  }
}

function keyOf({ key }: HashedRow): string {
  return keyText(keyValues(key));
}

interface HashedRow {
  readonly hash: string;
  /** JSON, spaced as the server likes it. */
  readonly key: string;
}

/** Behind every row: hashes are digits, blanks and signs. */
const END: HashedRow = { hash: "~", key: "[]" };

const BATCH = 1_000;

/** One side's rows, a batch at a time. */
interface Reader {
  /** The next row, `END` behind the last one. */
  head(): HashedRow;
  step(): void;
  /** All rows in memory were taken, and there may be more. */
  isDry(): boolean;
  fill(): Promise<void>;
}

function createReader(database: Database): Reader {
  let rows: readonly HashedRow[] = [];
  let at = 0;
  let isOver = false;
  const isDry = () => at >= rows.length && !isOver;
  return {
    head: () => rows[at] ?? END,
    step() {
      at++;
    },
    isDry,
    async fill() {
      if (!isDry()) return;
      rows = await database.query<HashedRow>(`fetch ${BATCH} from looked`);
      at = 0;
      isOver = rows.length === 0;
    },
  };
}
