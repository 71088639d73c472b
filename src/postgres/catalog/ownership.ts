import type { Database } from "../database.ts";
import { IS_USERS, IS_USERS_SCHEMA } from "./tables.ts";

/** An object as `ALTER` names it, and whose it is. */
export interface Owned {
  readonly kind: "schema" | "object";
  /** `table public.orders`, `function public.total(integer)`. */
  readonly object: string;
  readonly schema: string;
  readonly owner: string;
}

const NOT_OF_EXTENSION = (catalog: string, alias: string) =>
  `not exists (select from pg_depend d where d.classid = '${catalog}'::regclass and d.objid = ${alias}.oid and d.deptype in ('e', 'i'))`;

/** A sequence of a column goes with its table. */
export const OWNED = `
select 'schema' as kind, format('schema %I', n.nspname) as object, n.nspname as schema, pg_get_userbyid(n.nspowner) as owner, 0 as turn
  from pg_namespace n where ${IS_USERS_SCHEMA} and n.nspname <> 'public'
union all
select 'object', format('%s %I.%I', case c.relkind when 'v' then 'view' when 'm' then 'materialized view' when 'S' then 'sequence' when 'f' then 'foreign table' else 'table' end, n.nspname, c.relname),
  n.nspname, pg_get_userbyid(c.relowner), 1
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S') and c.relpersistence <> 't' and ${IS_USERS}
  and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype in ('a', 'i') and d.refclassid = 'pg_class'::regclass and c.relkind = 'S')
union all
select 'object', format('%s %s', case f.prokind when 'p' then 'procedure' when 'a' then 'aggregate' else 'function' end, f.oid::regprocedure), n.nspname, pg_get_userbyid(f.proowner), 1
  from pg_proc f join pg_namespace n on n.oid = f.pronamespace where ${IS_USERS_SCHEMA} and ${NOT_OF_EXTENSION("pg_proc", "f")}
union all
select 'object', format('%s %s', case t.typtype when 'd' then 'domain' else 'type' end, format_type(t.oid, null)), n.nspname, pg_get_userbyid(t.typowner), 1
  from pg_type t join pg_namespace n on n.oid = t.typnamespace where ${IS_USERS_SCHEMA} and t.typtype in ('e', 'd', 'r', 'c')
  and (t.typrelid = 0 or (select c.relkind = 'c' from pg_class c where c.oid = t.typrelid)) and ${NOT_OF_EXTENSION("pg_type", "t")}
union all
select 'object', format('statistics %I.%I', n.nspname, s.stxname), n.nspname, pg_get_userbyid(s.stxowner), 1
  from pg_statistic_ext s join pg_namespace n on n.oid = s.stxnamespace where ${IS_USERS_SCHEMA} and ${NOT_OF_EXTENSION("pg_statistic_ext", "s")}
order by 5, 2`;

export async function readOwned(database: Database): Promise<readonly Owned[]> {
  return database.query<Owned>(OWNED);
}

/** A right that somebody was given, or the taking away of one that everybody has by default. */
export interface Grant {
  readonly statement: string;
  /** `null`: everybody. */
  readonly grantee: string | null;
  /** Whose objects to come it speaks of; `null`: it speaks of one that is there. */
  readonly maker: string | null;
}

/** A kind of object that has rights: where it stands, as `name`, `acl` and `owner`. */
interface Kind {
  readonly word: string;
  /** As `acldefault` calls it. */
  readonly letter: string;
  readonly from: string;
}

function relations(word: string, letter: string, kinds: string): Kind {
  return {
    word,
    letter,
    from: `(select format('%I.%I', n.nspname, c.relname) as name, c.relacl as acl, c.relowner as owner
      from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind in (${kinds}) and c.relpersistence <> 't' and ${IS_USERS}) o`,
  };
}

/** Every kind whose rights are carried. */
export const KINDS: readonly Kind[] = [
  {
    word: "database",
    letter: "d",
    from: "(select quote_ident(datname) as name, datacl as acl, datdba as owner from pg_database where datname = current_database()) o",
  },
  {
    word: "schema",
    letter: "n",
    from: `(select quote_ident(n.nspname) as name, n.nspacl as acl, n.nspowner as owner from pg_namespace n where ${IS_USERS_SCHEMA}) o`,
  },
  relations("table", "r", "'r', 'p', 'v', 'm', 'f'"),
  relations("sequence", "s", "'S'"),
  {
    word: "routine",
    letter: "f",
    from: `(select f.oid::regprocedure::text as name, f.proacl as acl, f.proowner as owner from pg_proc f join pg_namespace n on n.oid = f.pronamespace
      where f.prokind <> 'a' and ${IS_USERS_SCHEMA} and ${NOT_OF_EXTENSION("pg_proc", "f")}) o`,
  },
  {
    word: "type",
    letter: "T",
    from: `(select format_type(t.oid, null) as name, t.typacl as acl, t.typowner as owner from pg_type t join pg_namespace n on n.oid = t.typnamespace
      where t.typtype in ('e', 'd') and ${IS_USERS_SCHEMA} and ${NOT_OF_EXTENSION("pg_type", "t")}) o`,
  },
];

/** One row for each right of each object whose rights are not the default ones; `%` are the parts of the statement. */
function grants({ word, from }: Kind): string {
  return `
select case when g.grantee = 0 then null else pg_get_userbyid(g.grantee) end as grantee,
  format('grant %s on ${word} %s to %s%s', g.privilege_type, o.name, case when g.grantee = 0 then 'public' else quote_ident(pg_get_userbyid(g.grantee)) end,
    case when g.is_grantable then ' with grant option' else '' end) as statement, 1 as turn, null as maker
from ${from} cross join lateral aclexplode(o.acl) g where o.acl is not null and g.grantee <> o.owner
union all
select null, format('revoke all on ${word} %s from public', o.name), 0, null from ${from} where o.acl is not null`;
}

const GRANTS = [
  ...KINDS.map(grants),
  `select case when g.grantee = 0 then null else pg_get_userbyid(g.grantee) end, format('grant %s (%I) on table %I.%I to %s%s', g.privilege_type, a.attname, n.nspname, c.relname,
      case when g.grantee = 0 then 'public' else quote_ident(pg_get_userbyid(g.grantee)) end, case when g.is_grantable then ' with grant option' else '' end), 1, null
     from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace cross join lateral aclexplode(a.attacl) g
    where a.attacl is not null and not a.attisdropped and g.grantee <> c.relowner and ${IS_USERS}`,
  `select case when g.grantee = 0 then null else pg_get_userbyid(g.grantee) end,
      format('alter default privileges for role %I%s grant %s on %s to %s', pg_get_userbyid(d.defaclrole), coalesce(format(' in schema %I', n.nspname), ''), g.privilege_type,
        case d.defaclobjtype when 'r' then 'tables' when 'S' then 'sequences' when 'f' then 'routines' when 'T' then 'types' else 'schemas' end,
        case when g.grantee = 0 then 'public' else quote_ident(pg_get_userbyid(g.grantee)) end), 1, pg_get_userbyid(d.defaclrole)
     from pg_default_acl d left join pg_namespace n on n.oid = d.defaclnamespace cross join lateral aclexplode(d.defaclacl) g where g.grantee <> d.defaclrole`,
  // What everybody may do with a function or a type to come stands there again, or was taken away.
  `select null, format('alter default privileges for role %I revoke all on %s from public', pg_get_userbyid(d.defaclrole), case d.defaclobjtype when 'f' then 'routines' else 'types' end), 0, pg_get_userbyid(d.defaclrole)
     from pg_default_acl d where d.defaclnamespace = 0 and d.defaclobjtype in ('f', 'T')`,
];

/** Revocations first. */
export async function readGrants(database: Database): Promise<readonly Grant[]> {
  return database.query<Grant>(
    `select grantee, statement, maker from (${GRANTS.join("\nunion all\n")}) g(grantee, statement, turn, maker) order by turn, statement`,
  );
}
