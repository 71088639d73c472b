import { Secret } from "../../model/secret.ts";
import { type Database, queryOne } from "../database.ts";
import { OURS } from "../runNames.ts";

/** Whether a role is neither the server's own nor ours; `name`: how the query calls its name. */
export function isSomebodys(name: string): string {
  return `${name} !~ '^pg_' and ${name} !~ '^${OURS}$'`;
}

/** `pg_monitor`: every server has it, and nobody makes one of that name. */
export function isOfServer(role: string): boolean {
  return role.startsWith("pg_");
}

/** A role of a server, with what it needs to be the same on another one. */
export interface Role {
  readonly name: string;
  readonly mayLogIn: boolean;
  readonly isSuperuser: boolean;
  readonly inherits: boolean;
  readonly bypassesRowSecurity: boolean;
  /** These two: given on purpose, and not because a superuser may anything. */
  readonly makesDatabases: boolean;
  readonly makesRoles: boolean;
  /** `-1`: as many as the server has. */
  readonly connectionLimit: number;
  /** As the server writes it; its password is refused from then on. */
  readonly validUntil: string;
  /** The server's own (`pg_monitor`) too. */
  readonly memberOf: readonly Membership[];
  /** What the server stores of the password; `null`: none, or we may not read it. */
  readonly verifier: Secret | null;
}

export interface Membership {
  readonly group: string;
  /** Whether it may make others members. */
  readonly hasAdmin: boolean;
  /** Whether it has the group's rights as they are, and whether it may act as the group; `null`: before 16, which knows no difference. */
  readonly inherits: boolean | null;
  readonly mayAct: boolean | null;
}

interface RoleRow extends Omit<Role, "verifier"> {
  readonly verifier: string | null;
}

/** Since 16 several may have made it a member, each in another way: https://www.postgresql.org/docs/current/catalog-pg-auth-members.html */
const MEMBERSHIPS = `select g.rolname as "group", bool_or(m.admin_option) as "hasAdmin",
    bool_or((to_jsonb(m) ->> 'inherit_option')::bool) as inherits, bool_or((to_jsonb(m) ->> 'set_option')::bool) as "mayAct"
  from pg_auth_members m join pg_roles g on g.oid = m.roleid`;

/** All but the server's own and ours. Passwords stand in pg_authid, which only a superuser reads. */
export async function readRoles(database: Database): Promise<readonly Role[]> {
  const rows = await database.query<RoleRow>(
    `select r.rolname as name, r.rolcanlogin as "mayLogIn", r.rolsuper as "isSuperuser", r.rolinherit as inherits, r.rolbypassrls as "bypassesRowSecurity",
       r.rolcreatedb and not r.rolsuper as "makesDatabases", r.rolcreaterole and not r.rolsuper as "makesRoles",
       r.rolconnlimit as "connectionLimit", coalesce(r.rolvaliduntil::text, 'infinity') as "validUntil", a.rolpassword as verifier,
       (select coalesce(json_agg(m), '[]') from (${MEMBERSHIPS} where m.member = r.oid group by g.rolname) m) as "memberOf"
     from pg_roles r join pg_authid a on a.oid = r.oid
     where ${isSomebodys("r.rolname")} order by r.rolname collate "C"`,
  );
  return rows.map((row) => ({ ...row, verifier: row.verifier === null ? null : new Secret(row.verifier) }));
}

export async function roleNames(database: Database): Promise<ReadonlySet<string>> {
  const rows = await database.query<{ name: string }>("select rolname::text as name from pg_roles");
  return new Set(rows.map(({ name }) => name));
}

/** Which of the server's own roles its administrator may not make anybody a member of; before 16 who makes roles may. */
export async function refusedGroups(
  target: Database,
  groups: readonly string[],
): Promise<ReadonlySet<string>> {
  const rows = await target.query<{ name: string }>(
    `select wanted.name from unnest($1::text[]) wanted(name) left join pg_roles r on r.rolname = wanted.name
      cross join (select rolsuper, rolcreaterole and current_setting('server_version_num')::int < 160000 as "makesAny" from pg_roles where rolname = current_user) me
      where r.oid is null or not (me.rolsuper or me."makesAny" or pg_has_role(r.oid, 'MEMBER WITH ADMIN OPTION'))`,
    [groups],
  );
  return new Set(rows.map(({ name }) => name));
}

/** Since 16 who may make roles and bypasses row security may let them do so too: https://www.postgresql.org/docs/current/sql-createrole.html */
export async function mayLetBypass(target: Database): Promise<boolean> {
  const { may } = await queryOne<{ may: boolean }>(
    target,
    `select rolsuper or (rolcreaterole and rolbypassrls and current_setting('server_version_num')::int >= 160000) as may
       from pg_roles where rolname = current_user`,
  );
  return may;
}
