import type { Database } from "../database.ts";
import { IS_USERS, IS_USERS_SCHEMA } from "./tables.ts";

/** One thing of a schema and its definition as the server itself writes it. */
export interface SchemaItem {
  /** `table`, `column`, `constraint`, `index`, `trigger`, `function`, … */
  readonly kind: string;
  readonly name: string;
  readonly definition: string;
}

const COLUMNS = `select ${relation("c", "n")} as "table", quote_ident(a.attname) as name, format_type(a.atttypid, a.atttypmod)
      || case when a.attnotnull then ' not null' else '' end || ' identity:' || a.attidentity::text || ' generated:' || a.attgenerated::text
      || coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '')
      || coalesce(' collate ' || (select quote_ident(co.collname) from pg_collation co where co.oid = a.attcollation and a.attcollation <> t.typcollation), '') as definition
    from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace join pg_type t on t.oid = a.atttypid
    left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    where a.attnum > 0 and not a.attisdropped and c.relkind in ('r', 'p', 'f') and c.relpersistence <> 't' and ${IS_USERS}`;

/**
 * The schema as a list of facts that are the same on every major: no oid, no order of columns, no statistics.
 * One part a kind; each gives kind, name, definition.
 */
const PARTS: readonly string[] = [
  `select 'schema', quote_ident(n.nspname), '' from pg_namespace n where ${IS_USERS_SCHEMA}`,
  `select 'extension', e.extname, '' from pg_extension e where e.extname not in ('plpgsql', 'aiven_extras')`,
  `select 'relation', ${relation("c", "n")}, c.relkind::text || ' ' || c.relpersistence::text || ' rls:' || c.relrowsecurity || c.relforcerowsecurity
      || coalesce(' partition ' || pg_get_partkeydef(c.oid), '') || coalesce(' of ' || pg_get_expr(c.relpartbound, c.oid), '')
      || coalesce(' options ' || array_to_string(c.reloptions, ','), '')
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S') and c.relpersistence <> 't' and ${IS_USERS}`,
  `select 'view', ${relation("c", "n")}, pg_get_viewdef(c.oid)
    from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind in ('v', 'm') and ${IS_USERS}`,
  `select 'column', c."table" || '.' || c.name, c.definition from (${COLUMNS}) c`,
  `select 'constraint', ${relation("c", "n")} || '.' || quote_ident(o.conname), pg_get_constraintdef(o.oid) || ' validated:' || o.convalidated
    from pg_constraint o join pg_class c on c.oid = o.conrelid join pg_namespace n on n.oid = c.relnamespace
    where o.contype <> 'n' and o.contype <> 't' and c.relpersistence <> 't' and ${IS_USERS}`,
  `select 'domain constraint', format_type(o.contypid, null) || '.' || quote_ident(o.conname), pg_get_constraintdef(o.oid)
    from pg_constraint o join pg_namespace n on n.oid = o.connamespace where o.contypid <> 0 and o.contype <> 'n' and ${IS_USERS_SCHEMA}`,
  `select 'index', ${relation("x", "n")}, pg_get_indexdef(i.indexrelid) || ' valid:' || i.indisvalid || ' identity:' || i.indisreplident
    from pg_index i join pg_class c on c.oid = i.indrelid join pg_class x on x.oid = i.indexrelid join pg_namespace n on n.oid = x.relnamespace
    where c.relpersistence <> 't' and ${IS_USERS}`,
  `select 'trigger', ${relation("c", "n")} || '.' || quote_ident(g.tgname), pg_get_triggerdef(g.oid) || ' enabled:' || g.tgenabled::text
    from pg_trigger g join pg_class c on c.oid = g.tgrelid join pg_namespace n on n.oid = c.relnamespace where not g.tgisinternal and ${IS_USERS}`,
  `select 'policy', ${relation("c", "n")} || '.' || quote_ident(p.polname), p.polcmd::text || ' ' || p.polpermissive || ' '
      || coalesce(pg_get_expr(p.polqual, p.polrelid), '') || ' / ' || coalesce(pg_get_expr(p.polwithcheck, p.polrelid), '')
    from pg_policy p join pg_class c on c.oid = p.polrelid join pg_namespace n on n.oid = c.relnamespace where ${IS_USERS}`,
  `select 'rule', ${relation("c", "n")} || '.' || quote_ident(r.rulename), pg_get_ruledef(r.oid)
    from pg_rewrite r join pg_class c on c.oid = r.ev_class join pg_namespace n on n.oid = c.relnamespace where r.rulename <> '_RETURN' and ${IS_USERS}`,
  `select 'function', f.oid::regprocedure::text, case when f.prokind = 'a' then 'aggregate' else pg_get_functiondef(f.oid) end
    from pg_proc f join pg_namespace n on n.oid = f.pronamespace where ${IS_USERS_SCHEMA}
    and not exists (select from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = f.oid and d.deptype in ('e', 'i'))`,
  `select 'type', format_type(t.oid, null), t.typtype::text || ' ' || coalesce((select string_agg(quote_literal(e.enumlabel), ',' order by e.enumsortorder) from pg_enum e where e.enumtypid = t.oid), '')
      || case when t.typtype = 'd' then format_type(t.typbasetype, t.typtypmod) || ' ' || t.typnotnull || coalesce(' default ' || t.typdefault, '') else '' end
      || coalesce((select string_agg(quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod), ',' order by a.attnum) from pg_attribute a
           join pg_class c on c.oid = a.attrelid where c.oid = t.typrelid and c.relkind = 'c' and not a.attisdropped), '')
    from pg_type t join pg_namespace n on n.oid = t.typnamespace where ${IS_USERS_SCHEMA} and t.typtype in ('e', 'd', 'r', 'c')
    and (t.typrelid = 0 or (select c.relkind = 'c' from pg_class c where c.oid = t.typrelid))
    and not exists (select from pg_depend d where d.classid = 'pg_type'::regclass and d.objid = t.oid and d.deptype = 'e')`,
  `select 'sequence', quote_ident(s.schemaname) || '.' || quote_ident(s.sequencename),
      concat_ws(' ', s.data_type::text, s.start_value, s.min_value, s.max_value, s.increment_by, s.cycle, s.cache_size)
    from pg_sequences s join pg_namespace n on n.nspname = s.schemaname where ${IS_USERS_SCHEMA}`,
  `select 'statistics', quote_ident(n.nspname) || '.' || quote_ident(s.stxname), pg_get_statisticsobjdef(s.oid)
    from pg_statistic_ext s join pg_namespace n on n.oid = s.stxnamespace where ${IS_USERS_SCHEMA}`,
  `select 'inheritance', ${relation("c", "n")}, string_agg(i.inhparent::regclass::text, ',' order by i.inhseqno)
    from pg_inherits i join pg_class c on c.oid = i.inhrelid join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'f') and ${IS_USERS} group by n.nspname, c.relname`,
];

export async function readSchema(database: Database): Promise<readonly SchemaItem[]> {
  return database.query<SchemaItem>(
    `select * from (${PARTS.join("\nunion all\n")}) as item(kind, name, definition) order by kind, name collate "C", definition collate "C"`,
  );
}

/** Of these tables alone, named as a statement writes them. */
export async function readColumns(
  database: Database,
  tables: readonly string[],
): Promise<readonly SchemaItem[]> {
  return database.query<SchemaItem>(
    `select 'column' as kind, c."table" || '.' || c.name as name, c.definition from (${COLUMNS}) c
      where c."table" = any($1) order by name collate "C"`,
    [tables],
  );
}

function relation(table: string, schema: string): string {
  return `quote_ident(${schema}.nspname) || '.' || quote_ident(${table}.relname)`;
}
