import type { Table } from "../catalog/tables.ts";
import type { Database } from "../database.ts";
import { partsOf } from "../parts.ts";
import { quoteName, quoteQualified } from "../quote.ts";
import { keyValues } from "./touched.ts";

const BATCH = 2_000;

/** Which of these rows are not the same on both sides. The table must have a key. */
export async function compareRows(
  source: Database,
  target: Database,
  table: Table,
  keys: ReadonlySet<string>,
): Promise<ReadonlySet<string>> {
  const differing = new Set<string>();
  for (const part of partsOf([...keys], BATCH)) {
    const [here, there] = await Promise.all([
      readHashes(source, table, part),
      readHashes(target, table, part),
    ]);
    for (const [index, key] of part.entries()) if (here[index] !== there[index]) differing.add(key);
  }
  return differing;
}

/** In the order of the keys: the hash of the row, all of them where the key is not unique after all, empty where there is none. */
async function readHashes(
  database: Database,
  table: Table,
  keys: readonly string[],
): Promise<readonly string[]> {
  const values = keys.map(keyValues);
  const columns = (table.key ?? []).map((_, column) => values.map((key) => key[column]));
  const rows = await database.query<{ hash: string }>(hashesSql(table), columns);
  return rows.map(({ hash }) => hash);
}

function hashesSql(table: Table): string {
  const key = table.key ?? [];
  const row = `row(${table.columns.map((name) => `r.${quoteName(name)}`).join(", ")})::text collate "C"`;
  const lists = key.map((_, index) => `$${index + 1}::text[]`).join(", ");
  const names = key.map((_, index) => `k${index}`).join(", ");
  const same = key
    .map(({ name, type, equals }, index) => `r.${quoteName(name)} ${equals} k.k${index}::${type}`)
    .join(" and ");
  return `
    select coalesce((select string_agg(hashtextextended(${row}, 0) || ' ' || hashtextextended(${row}, 1), ',' order by hashtextextended(${row}, 0))
             from only ${quoteQualified(table)} r where ${same}), '') as hash
      from unnest(${lists}) with ordinality as k(${names}, place) order by k.place`;
}
