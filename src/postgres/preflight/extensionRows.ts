import { type ExtensionRows, MOST_COUNTED } from "../../model/postgresFacts.ts";
import { type Database, queryOne } from "../database.ts";

/** What an extension says of its own tables: https://www.postgresql.org/docs/current/extend-extensions.html#EXTEND-EXTENSIONS-CONFIG-TABLES */
const TABLES = `
select e.extname::text as extension, quote_ident(n.nspname) || '.' || quote_ident(c.relname) as "table",
  btrim(regexp_replace(coalesce(e.extcondition[k.place], ''), '\\s+', ' ', 'g')) as condition
from pg_extension e cross join unnest(e.extconfig) with ordinality k(oid, place)
join pg_class c on c.oid = k.oid join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p') and has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'select')
order by 1, 2`;

/** Rows that users have put into tables of extensions, as far as the extension tells them from its own. */
export async function readExtensionRows(source: Database): Promise<readonly ExtensionRows[]> {
  const found: ExtensionRows[] = [];
  for (const each of await source.query<Omit<ExtensionRows, "rows">>(TABLES)) {
    const { rows } = await queryOne<{ rows: number }>(
      source,
      `select count(*)::int as rows from (select from ${each.table} ${each.condition} limit ${MOST_COUNTED}) counted`,
    );
    if (rows > 0) found.push({ ...each, rows });
  }
  return found;
}
