import { OutgrowError } from "../../model/error.ts";
import type { Database } from "../database.ts";
import { differingSchema, someOf } from "./compareSchema.ts";
import { readColumns, readSchema } from "./schema.ts";

/** Rows go from one side to the other. */
export interface Sides {
  readonly from: Database;
  readonly to: Database;
  /** The tables whose rows go; where nothing is streamed there is none of that name. */
  readonly publication: string;
  /** What to do where somebody changed the schema of one of them meanwhile. */
  readonly ifChanged: string;
}

/**
 * Throws `drift` when the tables that are streamed have not the same columns: the one thing of a schema without which rows do
 * not arrive. The server that applies them says it in its own log only, and tries again for ever.
 */
export async function assertSameColumns(sides: Sides): Promise<void> {
  const differences = await differingColumns(sides);
  if (differences.length > 0) throw changed(sides, differences);
}

/** Does it. Where that fails and somebody changed tables meanwhile, that is why, whatever it looks like. */
export async function unlessChanged<T>(sides: Sides, deed: () => Promise<T>): Promise<T> {
  try {
    return await deed();
  } catch (error) {
    throw await whyFailed(sides, error);
  }
}

/** The error itself where nobody changed tables, or it cannot be seen. */
export async function whyFailed(sides: Sides, error: unknown): Promise<unknown> {
  const differences = await differingColumns(sides).catch(() => []);
  return differences.length === 0 ? error : changed(sides, differences, error);
}

function changed({ from, ifChanged }: Sides, differences: readonly string[], cause?: unknown): OutgrowError {
  return new OutgrowError(
    "drift",
    `The schema of ${from.place} was changed during the move: ${someOf(differences)}.`,
    { hint: ifChanged, cause },
  );
}

/** Catalogs, item by item. */
export async function assertSameSchema({ from, to, ifChanged }: Sides): Promise<void> {
  const [here, there] = await Promise.all([readSchema(from), readSchema(to)]);
  const differences = differingSchema(here, there);
  if (differences.length === 0) return;
  throw new OutgrowError("verify", `The schema is not the same: ${someOf(differences)}.`, {
    hint: ifChanged,
  });
}

/** On the way out the target has all columns before the first row comes, and the rest of the schema later. */
async function differingColumns({ from, to, publication }: Sides): Promise<readonly string[]> {
  const rows = await from.query<{ name: string }>(
    "select quote_ident(schemaname) || '.' || quote_ident(tablename) as name from pg_publication_tables where pubname = $1",
    [publication],
  );
  const tables = rows.map(({ name }) => name);
  const [here, there] = await Promise.all([readColumns(from, tables), readColumns(to, tables)]);
  return differingSchema(here, there);
}
