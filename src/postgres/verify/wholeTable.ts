import { type Table, tableName } from "../catalog/tables.ts";
import { type Database, inTransaction } from "../database.ts";
import { hashedRows } from "./rowHash.ts";
import { keyText } from "./touched.ts";

/** Rows that are not the same on both sides, by key; `exact`: these are all of them. */
export interface Difference {
  readonly table: string;
  readonly keys: ReadonlySet<string>;
  readonly isExact: boolean;
}

interface Bucket {
  readonly bucket: number;
  readonly rows: string;
  readonly sum0: string;
  readonly sum1: string;
}

const ROWS_A_BUCKET = 64;
const MOST_BUCKETS = 16_384;
/** Of buckets that differ, so many are looked into: about 64 rows each, unless a table is very large. */
const MOST_LOOKED_INTO = 512;
const BATCH = 1_000;

/**
 * Compares a whole table: rows fall into buckets by their own hash, each bucket is a count and two sums, so no order
 * and no collation matters; then the buckets that differ are read row by row. Both sides are asked at the same time.
 */
export async function compareTable(source: Database, target: Database, table: Table): Promise<Difference> {
  const buckets = bucketCount(table.estimatedRows);
  const [here, there] = await Promise.all([
    readBuckets(source, table, buckets),
    readBuckets(target, table, buckets),
  ]);
  const differing = differingBuckets(here, there);
  if (differing.length === 0) return { table: tableName(table), keys: new Set(), isExact: true };
  const looked = differing.slice(0, MOST_LOOKED_INTO);
  const [ours, theirs] = await Promise.all([
    readRows(source, table, buckets, looked),
    readRows(target, table, buckets, looked),
  ]);
  const keys = differingKeys(ours, theirs);
  return { table: tableName(table), keys, isExact: looked.length === differing.length };
}

function bucketCount(estimatedRows: number): number {
  const wanted = Math.max(1, estimatedRows) / ROWS_A_BUCKET;
  return Math.min(MOST_BUCKETS, 2 ** Math.ceil(Math.log2(Math.max(1, wanted))));
}

function readBuckets(database: Database, table: Table, buckets: number): Promise<readonly Bucket[]> {
  return database.query<Bucket>(
    `select (h0 & ${buckets - 1})::int as bucket, count(*)::text as rows, sum(h0)::text as sum0, sum(h1)::text as sum1
       from ${hashedRows(table, false)} h group by 1`,
  );
}

function differingBuckets(here: readonly Bucket[], there: readonly Bucket[]): readonly number[] {
  const sums = ({ rows, sum0, sum1 }: Bucket) => `${rows} ${sum0} ${sum1}`;
  const others = new Map(there.map((each) => [each.bucket, sums(each)]));
  const differing = here.filter((each) => others.get(each.bucket) !== sums(each)).map(({ bucket }) => bucket);
  const known = new Set(here.map(({ bucket }) => bucket));
  return [...differing, ...there.map(({ bucket }) => bucket).filter((bucket) => !known.has(bucket))];
}

/** Key and hash of each row in some buckets, counted: a row that is there twice differs from one that is there once. */
async function readRows(
  database: Database,
  table: Table,
  buckets: number,
  looked: readonly number[],
): Promise<ReadonlyMap<string, string>> {
  const rows = new Map<string, string>();
  await inTransaction(database, async () => {
    await database.query(
      `declare looked no scroll cursor for select key, string_agg(h0 || ' ' || h1, ',' order by h0, h1) as hash
         from ${hashedRows(table, true)} h where (h0 & ${buckets - 1}) = any (array[${looked.join(",")}]::bigint[]) group by key`,
    );
    for (;;) {
      const part = await database.query<{ key: string[]; hash: string }>(`fetch ${BATCH} from looked`);
      for (const { key, hash } of part) rows.set(keyText(key), hash);
      if (part.length === 0) break;
    }
  });
  return rows;
}

function differingKeys(
  ours: ReadonlyMap<string, string>,
  theirs: ReadonlyMap<string, string>,
): ReadonlySet<string> {
  const keys = [...ours].filter(([key, hash]) => theirs.get(key) !== hash).map(([key]) => key);
  return new Set([...keys, ...[...theirs.keys()].filter((key) => !ours.has(key))]);
}
