import type { Database } from "../database.ts";
import { KINDS, OWNED } from "./ownership.ts";
import type { SchemaItem } from "./schema.ts";
import { IS_USERS } from "./tables.ts";

const TO = `case when g.grantee = 0 then 'everybody' else quote_ident(pg_get_userbyid(g.grantee)) end`;
const HOW = `case when g.is_grantable then 'and may give it on' else 'for itself' end`;
const IS_MEANT = "(g.grantee = 0 or pg_get_userbyid(g.grantee)::text = any($1::text[]))";

/** What somebody may do with it, also where nobody ever said so. */
const RIGHTS = KINDS.map(
  ({ word, letter, from }) => `
select 'right', format('%s on ${word} %s for %s', g.privilege_type, o.name, ${TO}), ${HOW}
from ${from} cross join lateral aclexplode(coalesce(o.acl, acldefault('${letter}', o.owner))) g where g.grantee <> o.owner and ${IS_MEANT}`,
);

/** Who is not carried belongs to the server, and so does what is theirs. */
const WHO =
  "case when o.owner::text = any($1::text[]) then o.owner::text when o.owner::text = $2 then 'the role of the move' else 'the administrator' end";

const PARTS = [
  "select 'role', quote_ident(rolname), '' from pg_roles where rolname::text = any($1::text[])",
  `select 'owner of', o.object, ${WHO} from (${OWNED}) o`,
  `select 'owner of', 'the database', ${WHO} from (select pg_get_userbyid(datdba) as owner from pg_database where datname = current_database()) o`,
  `select 'owner of', 'schema public', case when r.name = any($1::text[]) then r.name else 'the administrator' end
     from pg_namespace n cross join lateral (select case when pg_get_userbyid(n.nspowner) = 'pg_database_owner' then pg_get_userbyid(d.datdba) else pg_get_userbyid(n.nspowner) end::text as name
       from pg_database d where d.datname = current_database()) r where n.nspname = 'public'`,
  // Whoever made it as the move's own role forgot to act as the owner; that role could not be dropped. A provider's migration publishes as it.
  `select 'belonging of the role of the move', w.what, '' from pg_shdepend d join pg_roles r on r.oid = d.refobjid and r.rolname = $2
     cross join lateral (select pg_describe_object(d.classid, d.objid, d.objsubid) as what) w
    where d.deptype = 'o' and d.classid <> 'pg_publication'::regclass and d.refclassid = 'pg_authid'::regclass and strpos(w.what, $2) = 0
      and d.dbid = (select oid from pg_database where datname = current_database())`,
  ...RIGHTS,
  `select 'right', format('%s (%I) on table %I.%I for %s', g.privilege_type, a.attname, n.nspname, c.relname, ${TO}), ${HOW}
     from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace cross join lateral aclexplode(a.attacl) g
    where a.attacl is not null and not a.attisdropped and g.grantee <> c.relowner and ${IS_MEANT} and ${IS_USERS}`,
];

/** Who of these roles is there, owns what, and may do what; what everybody may do; and what belongs to our own role. */
export async function readRights(
  database: Database,
  roles: readonly string[],
  ours: string,
): Promise<readonly SchemaItem[]> {
  // Several may have given somebody the same right; one of them the right to give it on.
  return database.query<SchemaItem>(
    `select kind, name, min(definition) as definition from (${PARTS.join("\nunion all\n")}) as item(kind, name, definition)
      group by kind, name order by kind, name`,
    [roles, ours],
  );
}
