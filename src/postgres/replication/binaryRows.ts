import { IS_USERS } from "../catalog/tables.ts";
import { type Database, isSince, queryOne } from "../database.ts";
import { quoteText } from "../quote.ts";

/** Older servers copy as text whatever a subscription says: https://www.postgresql.org/docs/current/sql-createsubscription.html */
const FIRST_MAJOR = 16;

/**
 * The server's own types whose binary form, and that of their arrays, is the same everywhere. Not those that hold numbers
 * of the catalog, as `regclass` does, and an array or a row of a type of one's own.
 */
const TYPES =
  `bool bytea char name int2 int4 int8 float4 float8 numeric text varchar bpchar json jsonb uuid oid
  date time timetz timestamp timestamptz interval inet cidr macaddr macaddr8 bit varbit tsvector
  int4range int8range numrange tsrange tstzrange daterange point line lseg box path polygon circle`.split(
    /\s+/,
  );

const OTHERS = `
select count(*)::int as others
  from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
  join pg_type t on t.oid = a.atttypid left join pg_type e on e.oid = t.typelem and t.typcategory = 'A'
 where c.relkind = 'r' and ${IS_USERS} and a.attnum > 0 and not a.attisdropped
   and t.typtype <> 'e'
   and not (t.typnamespace = 'pg_catalog'::regnamespace and coalesce(e.typname, t.typname) in (${TYPES.map(quoteText).join(", ")}))`;

/** Whether rows may be copied as servers keep them, which spares both of them the way through text. An enum's value goes by its name. */
export async function mayCopyBinary(publisher: Database, subscriber: Database): Promise<boolean> {
  for (const database of [publisher, subscriber]) if (!(await isSince(database, FIRST_MAJOR))) return false;
  return (await queryOne<{ others: number }>(publisher, OTHERS)).others === 0;
}
