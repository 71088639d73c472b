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

/** Of the buckets that the hash of a row falls into, those to look into. */
export interface Looked {
  readonly of: number;
  readonly buckets: readonly number[];
  /** In them together. */
  readonly rows: number;
}

/**
 * Compares buckets row by row. Each side gives their rows in chunks, a text each, in the order of their numbers, and the two are read
 * side by side: most chunks are equal and need not be taken apart, and memory holds a few of each however many rows a bucket has.
 */
export async function compareBuckets(
  source: Database,
  target: Database,
  table: Table,
  looked: Looked,
): Promise<Difference> {
  const sql = `declare looked no scroll cursor for ${chunksSql(table, looked)}`;
  return inTransaction(source, () =>
    inTransaction(target, async () => {
      await Promise.all([source.script(sql), target.script(sql)]);
      return readSideBySide(createReader(source), createReader(target));
    }),
  );
}

const ROWS_A_CHUNK = 64;

/** Equal rows are counted: there may be many in a table without a key. There a row is named by its hash, for its text may be long. */
function chunksSql(table: Table, { of, buckets, rows }: Looked): string {
  const chunksABucket = 2 ** Math.ceil(Math.log2(Math.max(1, rows / buckets.length / ROWS_A_CHUNK)));
  const key = table.key === null ? "array_to_json(array[h0::text, h1::text])::text" : "key";
  return `
    select (h0 & ${of * chunksABucket - 1})::int as number,
           string_agg(h0 || ' ' || h1 || ' ' || rows || chr(9) || key, chr(10) order by h0, h1) as rows
      from (select h0, h1, ${key} as key, count(*) as rows from ${keyedRows(table)} h
             where (h0 & ${of - 1}) = any (array[${buckets.join(",")}]::bigint[]) group by 1, 2, 3) r
     group by 1 order by 1`;
}

async function readSideBySide(ours: Reader, theirs: Reader): Promise<Difference> {
  const keys = new Set<string>();
  while (keys.size < MOST_KEYS) {
    await Promise.all([ours.fill(), theirs.fill()]);
    if (ours.head() === END && theirs.head() === END) return { keys, isExact: true };
    noteDiffering(ours, theirs, keys);
  }
  return { keys, isExact: false };
}

/** As far as both have chunks in memory. */
function noteDiffering(ours: Reader, theirs: Reader, into: Set<string>): void {
  while (!ours.isDry() && !theirs.isDry()) {
    const number = Math.min(ours.head().number, theirs.head().number);
    if (number === END.number) return;
    for (const line of onlyOnOne(ours.take(number), theirs.take(number), "\n")) into.add(keyOf(line));
  }
}

/** Parts that only one of two texts has. */
export function onlyOnOne(here: string, there: string, separator: string): readonly string[] {
  if (here === there) return [];
  const [ours, theirs] = [new Set(here.split(separator)), new Set(there.split(separator))];
  return [...ours, ...theirs].filter((part) => part !== "" && !(ours.has(part) && theirs.has(part)));
}

/** JSON has no tab of its own, and the server spaces it as it likes. */
function keyOf(line: string): string {
  return keyText(keyValues(line.slice(line.indexOf("\t") + 1)));
}

interface Chunk {
  readonly number: number;
  /** One a line: its hashes, how often it is there, and its key. */
  readonly rows: string;
}

const END: Chunk = { number: Number.POSITIVE_INFINITY, rows: "" };

const BATCH = 16;

/** One side's chunks, a batch at a time. */
interface Reader {
  /** The next chunk, `END` behind the last one. */
  head(): Chunk;
  /** The rows of the chunk of that number, if that is the next one. */
  take(number: number): string;
  /** All chunks in memory were taken, and there may be more. */
  isDry(): boolean;
  fill(): Promise<void>;
}

function createReader(database: Database): Reader {
  let chunks: readonly Chunk[] = [];
  let at = 0;
  let isOver = false;
  const head = () => chunks[at] ?? END;
  const isDry = () => at >= chunks.length && !isOver;
  return {
    head,
    take(number) {
      if (head().number !== number) return "";
      const { rows } = head();
      at++;
      return rows;
    },
    isDry,
    async fill() {
      if (!isDry()) return;
      chunks = await database.query<Chunk>(`fetch ${BATCH} from looked`);
      at = 0;
      isOver = chunks.length === 0;
    },
  };
}
