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

const ROWS_A_BUCKET = 64;
const MOST_BUCKETS = 16_384;
const BUCKETS_A_PAGE = 64;
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
    readPages(source, table, buckets),
    readPages(target, table, buckets),
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

/** In text, a page of buckets a row: most pages are equal, and equal ones need not be taken apart. */
async function readPages(
  database: Database,
  table: Table,
  buckets: number,
): Promise<ReadonlyMap<number, string>> {
  const rows = await database.query<{ page: number; sums: string }>(
    `select bucket / ${BUCKETS_A_PAGE} as page, string_agg(bucket || ' ' || rows || ' ' || sum0 || ' ' || sum1, ',' order by bucket) as sums
       from (select (h0 & ${buckets - 1})::int as bucket, count(*) as rows, sum(h0) as sum0, sum(h1) as sum1
               from ${hashedRows(table, false)} h group by 1) b group by 1 order by 1`,
  );
  return new Map(rows.map(({ page, sums }) => [page, sums]));
}

function differingBuckets(
  here: ReadonlyMap<number, string>,
  there: ReadonlyMap<number, string>,
): readonly number[] {
  const pages = [...new Set([...here.keys(), ...there.keys()])];
  return pages.flatMap((page) => differingOf(here.get(page) ?? "", there.get(page) ?? ""));
}

function differingOf(here: string, there: string): readonly number[] {
  if (here === there) return [];
  const [ours, theirs] = [new Set(here.split(",")), new Set(there.split(","))];
  const only = [...ours, ...theirs].filter((each) => each !== "" && !(ours.has(each) && theirs.has(each)));
  return [...new Set(only.map((each) => Number(each.slice(0, each.indexOf(" ")))))];
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
