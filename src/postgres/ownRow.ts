import { type Database, queryOne } from "./database.ts";

/** The one row of a table of ours, named as a statement writes it; `null`: there is no such table, or nothing in it. */
export async function readOwnRow<Row extends object>(
  database: Database,
  table: string,
  columns: string,
): Promise<Row | null> {
  const { is } = await queryOne<{ is: boolean }>(database, "select to_regclass($1) is not null as is", [
    table,
  ]);
  if (!is) return null;
  const [row] = await database.query<Row>(`select ${columns} from ${table}`);
  return row ?? null;
}
