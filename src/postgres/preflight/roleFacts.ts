import type { PostgresRole, PostgresTargetRole } from "../../model/postgresFacts.ts";
import { readGrants, readOwned } from "../catalog/ownership.ts";
import { isSomebodys } from "../catalog/roles.ts";
import type { Database } from "../database.ts";
import { madeBy, type RunNames } from "../runNames.ts";

const ROLES = `
with recursive part(member, role) as (
  select member, roleid from pg_auth_members
  union select p.member, m.roleid from part p join pg_auth_members m on m.member = p.role)
select r.rolname::text as name, r.rolcanlogin as "mayLogIn", r.rolsuper as "isSuperuser",
  (select coalesce(json_agg(g.rolname order by g.rolname collate "C"), '[]') from part p join pg_roles g on g.oid = p.role
    where p.member = r.oid and ${isSomebodys("g.rolname")}) as "memberOf",
  (select coalesce(json_agg(name order by name collate "C"), '[]') from (select distinct g.rolname from pg_auth_members m
    join pg_roles g on g.oid = m.roleid where m.member = r.oid and g.rolname ~ '^pg_') each(name)) as "serverRoles",
  r.rolbypassrls and not r.rolsuper as "bypassesRowSecurity",
  (select count(*)::int from pg_stat_activity a where a.usesysid = r.oid and a.datname = current_database()
    and a.backend_type = 'client backend' and a.application_name <> 'outgrow') as sessions
from pg_roles r where ${isSomebodys("r.rolname")} order by r.rolname collate "C"`;

type Counted = "owned" | "firstOwned" | "rights";
type RoleRow = Required<Omit<PostgresRole, Counted>>;

/** Who has anything to do with this database: owns something, was given a right, is a member of another, or is there now. */
export async function readDatabaseRoles(source: Database): Promise<readonly PostgresRole[]> {
  const roles = await source.query<RoleRow>(ROLES);
  const owned = Map.groupBy(await readOwned(source), ({ owner }) => owner);
  const rights = Map.groupBy(await readGrants(source), ({ grantee }) => grantee);
  return roles
    .map((role) => {
      const objects = owned.get(role.name) ?? [];
      const firstOwned = objects[0]?.object ?? null;
      return { ...role, owned: objects.length, firstOwned, rights: rights.get(role.name)?.length ?? 0 };
    })
    .filter(
      ({ owned, rights, sessions, memberOf, serverRoles }) =>
        owned + rights + sessions + memberOf.length + serverRoles.length > 0,
    );
}

const TARGET_ROLES = `
select r.rolname::text as name,
  r.rolsuper or r.rolname = current_user or r.rolname ~ '^_' or r.oid < 16384 as "isProviders"
from pg_roles r where ${isSomebodys("r.rolname")} and shobj_description(r.oid, 'pg_authid') is distinct from $1
order by r.rolname collate "C"`;

/** Those that are there without this move: their names are taken. */
export async function readTakenRoles(
  admin: Database,
  names: RunNames,
): Promise<readonly PostgresTargetRole[]> {
  return admin.query<PostgresTargetRole>(TARGET_ROLES, [madeBy(names)]);
}
