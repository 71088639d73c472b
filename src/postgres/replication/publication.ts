import { canPublishChanges, type Table } from "../catalog/tables.ts";
import type { Database } from "../database.ts";
import { partsOf } from "../parts.ts";
import { type QualifiedName, quoteName, quoteQualified, quoteText } from "../quote.ts";
import type { RunNames } from "../runNames.ts";

/** Tables whose rows are streamed. Never all tables unchecked: one without an identity would break the application's UPDATE. */
export function publishable(tables: readonly Table[]): readonly Table[] {
  return tables.filter((table) => table.isLogged && canPublishChanges(table));
}

/** The server locks each table that it takes in, and has no room for the locks of thousands. */
const TABLES_AT_ONCE = 500;

/** Publishes the tables and the marker under a name. Does nothing when the name is there already. It has its name when all are in it. */
export async function publish(
  database: Database,
  name: string,
  names: RunNames,
  tables: readonly QualifiedName[],
): Promise<void> {
  if (await isPublished(database, name)) return;
  const began = quoteName(begun(name));
  await database.script(`drop publication if exists ${began}; create publication ${began}`);
  await publishToo(database, begun(name), [{ schema: names.schema, name: "marker" }, ...tables]);
  await database.script(`alter publication ${began} rename to ${quoteName(name)}`);
}

/** Tables that are not in it yet. */
export async function publishToo(
  database: Database,
  name: string,
  tables: readonly QualifiedName[],
): Promise<void> {
  for (const part of partsOf(tables, TABLES_AT_ONCE)) {
    const list = part.map((each) => `only ${quoteQualified(each)}`);
    await database.script(`alter publication ${quoteName(name)} add table ${list.join(", ")}`);
  }
}

export async function unpublish(database: Database, name: string): Promise<void> {
  for (const each of [name, begun(name)])
    await database.script(`drop publication if exists ${quoteName(each)}`);
}

function begun(name: string): string {
  return `${name}_begun`;
}

/** What a publication holds now: a table that was made since is not in it. */
export async function publishedTables(database: Database, name: string): Promise<readonly QualifiedName[]> {
  return database.query<QualifiedName>(
    "select schemaname as schema, tablename as name from pg_publication_tables where pubname = $1",
    [name],
  );
}

async function isPublished(database: Database, name: string): Promise<boolean> {
  const rows = await database.query("select from pg_publication where pubname = $1", [name]);
  return rows.length > 0;
}

/**
 * Writes down beside a publication which subscription reads it: the slots of that one's first copies are named by it, and whoever has
 * to drop them may not be able to ask the other server any more.
 */
export async function noteReader(database: Database, name: string, subscriptionId: string): Promise<void> {
  await database.script(
    `comment on publication ${quoteName(name)} is ${quoteText(READ_BY + subscriptionId)}`,
  );
}

const READ_BY = "read by subscription ";

/** `null`: nobody wrote it down. */
export async function readerOf(database: Database, name: string): Promise<string | null> {
  const [found] = await database.query<{ reader: string | null }>(
    "select substring(obj_description(oid, 'pg_publication') from '^' || $2 || '(\\d+)$') as reader from pg_publication where pubname = $1",
    [name, READ_BY],
  );
  return found?.reader ?? null;
}
