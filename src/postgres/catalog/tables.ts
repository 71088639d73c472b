import type { Database } from "../database.ts";
import type { QualifiedName } from "../quote.ts";
import { OURS } from "../runNames.ts";

/** A table that holds rows: ordinary ones and partitions, not their parents, not what an extension owns. */
export interface Table extends QualifiedName {
  /** As a statement writes its name with its schema's: quoted where it must be. */
  readonly written: string;
  readonly isLogged: boolean;
  /** What an UPDATE or DELETE names the row by: https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-REPLICA-IDENTITY */
  readonly identity: "default" | "index" | "full" | "nothing";
  /** The columns that name one row, as the server's own replication names it; `null`: nothing does. A deferrable key names none. */
  readonly key: readonly KeyColumn[] | null;
  /** All columns, in an order that is the same on every server. */
  readonly columns: readonly string[];
  /** With indexes and TOAST. */
  readonly bytes: number;
  /** The planner's guess; -1: never analysed. */
  readonly estimatedRows: number;
  readonly forcesRowSecurity: boolean;
}

export interface KeyColumn {
  readonly name: string;
  /** As a cast names it: `character varying(20)`. */
  readonly type: string;
  /** The operator its index knows: `operator(public.=)` for a citext. */
  readonly equals: string;
}

/** Which schemas are the user's own: not the catalog, not ours. Needs `n`. */
export const IS_USERS_SCHEMA = `n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'aiven_extras') and n.nspname !~ '^${OURS}$'`;

/** Which relations are: nothing of an extension either. Needs `c` and `n`. */
export const IS_USERS = `${IS_USERS_SCHEMA}
  and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')`;

/** The equality of an index column; without its schema a type of an extension would be compared as text, past the index. */
const EQUALS = `(select format('operator(%I.=)', os.nspname) from pg_opclass oc
  join pg_amop ao on ao.amopfamily = oc.opcfamily and ao.amoplefttype = oc.opcintype and ao.amoprighttype = oc.opcintype and ao.amopstrategy = 3
  join pg_operator o on o.oid = ao.amopopr join pg_namespace os on os.oid = o.oprnamespace
 where oc.oid = i.indclass[k.place - 1])`;

const TABLES = `
select n.nspname as schema, c.relname as name, format('%I.%I', n.nspname, c.relname) as written, c.relpersistence = 'p' as "isLogged",
  case c.relreplident when 'd' then 'default' when 'i' then 'index' when 'f' then 'full' else 'nothing' end as identity,
  (select json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod), 'equals', ${EQUALS}) order by k.place)
     from pg_index i cross join unnest(i.indkey::int2[]) with ordinality k(attnum, place)
     join pg_attribute a on a.attrelid = c.oid and a.attnum = k.attnum
    where i.indrelid = c.oid and k.place <= i.indnkeyatts and i.indimmediate and i.indisvalid
      and case when c.relreplident = 'i' then i.indisreplident else i.indisprimary end) as key,
  (select coalesce(json_agg(a.attname order by a.attname collate "C"), '[]') from pg_attribute a
    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns,
  pg_total_relation_size(c.oid)::float8 as bytes, c.reltuples::float8 as "estimatedRows",
  c.relforcerowsecurity as "forcesRowSecurity"
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind = 'r' and c.relpersistence <> 't' and ${IS_USERS}
order by n.nspname collate "C", c.relname collate "C"`;

export async function readTables(database: Database): Promise<readonly Table[]> {
  return database.query<Table>(TABLES);
}

/** A materialized view; `written`: as pg_dump of its server writes it. */
export interface MaterializedView extends QualifiedName {
  readonly written: string;
}

export async function readMaterializedViews(database: Database): Promise<readonly MaterializedView[]> {
  return database.query<MaterializedView>(
    `select n.nspname as schema, c.relname as name, format('%I.%I', n.nspname, c.relname) as written
       from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind = 'm' and ${IS_USERS}`,
  );
}

/** `public.orders`, for people. */
export function tableName({ schema, name }: QualifiedName): string {
  return `${schema}.${name}`;
}

/** Whether an UPDATE of it can be published; if not, publishing it breaks the application's own UPDATE. */
export function canPublishChanges({ identity, key }: Table): boolean {
  return identity === "full" || (identity !== "nothing" && key !== null);
}
