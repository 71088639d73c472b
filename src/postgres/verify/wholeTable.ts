import type { Table } from "../catalog/tables.ts";
import type { Database } from "../database.ts";
import { hashedRows } from "./rowHash.ts";
import { compareBuckets, type Difference, type Looked, onlyOnOne } from "./someBuckets.ts";

const ROWS_A_BUCKET = 64;
const MOST_BUCKETS = 65_536;
const BUCKETS_A_PAGE = 64;
/**
 * In buckets that differ so many rows are looked at, which takes about as long as the sums of a table of that size. Where
 * thousands of rows are written in a second, those that are late by that second lie in as many buckets.
 */
export const MOST_LOOKED_AT = 4_000_000;

/**
 * Compares a whole table: rows fall into buckets by their own hash, each bucket is a count and two sums, so no order
 * and no collation matters; then the buckets that differ are read row by row. Both sides are asked at the same time.
 */
export async function compareTable(
  source: Database,
  target: Database,
  table: Table,
  mostLookedAt = MOST_LOOKED_AT,
): Promise<Difference> {
  const buckets = bucketCount(table.estimatedRows);
  const [here, there] = await Promise.all([
    readPages(source, table, buckets),
    readPages(target, table, buckets),
  ]);
  const differing = differingBuckets(here, there);
  if (differing.size === 0) return { keys: new Set(), isExact: true };
  const looked = firstOf(differing, mostLookedAt);
  const { keys, isExact } = await compareBuckets(source, target, table, { of: buckets, ...looked });
  return { keys, isExact: isExact && looked.buckets.length === differing.size };
}

/** As many as have so many rows together, and one at least. */
function firstOf(differing: ReadonlyMap<number, number>, mostRows: number): Omit<Looked, "of"> {
  const buckets: number[] = [];
  let rows = 0;
  for (const [bucket, more] of differing) {
    if (buckets.length > 0 && rows + more > mostRows) break;
    buckets.push(bucket);
    rows += more;
  }
  return { buckets, rows };
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
               from ${hashedRows(table)} h group by 1) b group by 1 order by 1`,
  );
  return new Map(rows.map(({ page, sums }) => [page, sums]));
}

/** With how many rows each has on the side that has more. */
function differingBuckets(
  here: ReadonlyMap<number, string>,
  there: ReadonlyMap<number, string>,
): ReadonlyMap<number, number> {
  const pages = [...new Set([...here.keys(), ...there.keys()])];
  const found = new Map<number, number>();
  for (const page of pages) {
    for (const sums of onlyOnOne(here.get(page) ?? "", there.get(page) ?? "", ",")) {
      const [bucket = 0, rows = 0] = sums.split(" ", 2).map(Number);
      found.set(bucket, Math.max(rows, found.get(bucket) ?? 0));
    }
  }
  return found;
}
