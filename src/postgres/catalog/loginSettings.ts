import { type Database, isSince } from "../database.ts";
import { isSomebodys } from "./roles.ts";

/** Settings a role or the database is given at log-in: a search path, a time limit. */
export interface LoginSetting {
  /** `null`: of the database, for every role. */
  readonly role: string | null;
  readonly isOfDatabase: boolean;
  readonly name: string;
  readonly value: string;
}

export async function readLoginSettings(database: Database): Promise<readonly LoginSetting[]> {
  return database.query<LoginSetting>(
    `select r.rolname as role, s.setdatabase <> 0 as "isOfDatabase", split_part(c, '=', 1) as name, substr(c, strpos(c, '=') + 1) as value
       from pg_db_role_setting s left join pg_roles r on r.oid = s.setrole cross join unnest(s.setconfig) c
      where s.setdatabase in (0, (select oid from pg_database where datname = current_database()))
        and (s.setrole = 0 or (${isSomebodys("r.rolname")})) and not (s.setrole = 0 and s.setdatabase = 0)
      order by 1, 3`,
  );
}

/**
 * Which of these settings the server does not let us give to a role: a superuser's, a name of one's own (`glaze.tenant`), one
 * that this version does not have. A right to set one can be given since 15: https://www.postgresql.org/docs/current/sql-grant.html
 */
export async function refusedSettings(
  target: Database,
  settings: readonly string[],
): Promise<ReadonlySet<string>> {
  const granted = (await isSince(target, 15)) ? "has_parameter_privilege(wanted.name, 'SET')" : "false";
  const rows = await target.query<{ name: string }>(
    `select wanted.name from unnest($1::text[]) wanted(name) left join pg_settings s on lower(s.name) = lower(wanted.name)
      where s.context is distinct from 'user'
        and not ((s.name is not null or wanted.name ~ '[.]') and (${granted} or (select rolsuper from pg_roles where rolname = current_user)))`,
    [settings],
  );
  return new Set(rows.map(({ name }) => name));
}
