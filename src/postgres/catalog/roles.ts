import { Secret } from "../../model/secret.ts";
import type { Database } from "../database.ts";
import { OURS } from "../runNames.ts";

/** Whether a role is neither the server's own nor ours; `name`: how the query calls its name. */
export function isSomebodys(name: string): string {
  return `${name} !~ '^pg_' and ${name} !~ '^${OURS}$'`;
}

/** A role of a server, with what it needs to be the same on another one. */
export interface Role {
  readonly name: string;
  readonly mayLogIn: boolean;
  readonly isSuperuser: boolean;
  readonly inherits: boolean;
  /** Roles it is a member of. */
  readonly memberOf: readonly string[];
  /** What the server stores of the password; `null`: none, or we may not read it. */
  readonly verifier: Secret | null;
}

interface RoleRow extends Omit<Role, "verifier"> {
  readonly verifier: string | null;
}

/** All but the server's own and ours. Passwords stand in pg_authid, which only a superuser reads. */
export async function readRoles(database: Database): Promise<readonly Role[]> {
  const rows = await database.query<RoleRow>(
    `select r.rolname as name, r.rolcanlogin as "mayLogIn", r.rolsuper as "isSuperuser", r.rolinherit as inherits, a.rolpassword as verifier,
       (select coalesce(json_agg(g.rolname), '[]') from pg_auth_members m join pg_roles g on g.oid = m.roleid where m.member = r.oid) as "memberOf"
     from pg_roles r join pg_authid a on a.oid = r.oid
     where ${isSomebodys("r.rolname")} order by r.rolname collate "C"`,
  );
  return rows.map((row) => ({ ...row, verifier: row.verifier === null ? null : new Secret(row.verifier) }));
}

export async function roleNames(database: Database): Promise<ReadonlySet<string>> {
  const rows = await database.query<{ name: string }>("select rolname::text as name from pg_roles");
  return new Set(rows.map(({ name }) => name));
}
