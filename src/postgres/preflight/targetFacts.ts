import type { PostgresSourceFacts, PostgresTargetFacts } from "../../model/postgresFacts.ts";
import { findLocale } from "../catalog/locale.ts";
import { refusedSettings } from "../catalog/loginSettings.ts";
import { refusedGroups } from "../catalog/roles.ts";
import { type Database, queryOne } from "../database.ts";
import { MAY_SUBSCRIBE } from "../replication/subscriber.ts";
import type { RunNames } from "../runNames.ts";
import { databaseState } from "../schema/prepareTarget.ts";
import { LOCK_ROOM } from "./lockRoom.ts";
import { readTakenRoles } from "./roleFacts.ts";

/**
 * Before 16 a superuser alone may let a role replicate, since then whoever may do so: https://www.postgresql.org/docs/current/sql-createrole.html.
 * Who is no superuser sees that others' sessions are there, and not what they are: https://www.postgresql.org/docs/current/monitoring-stats.html
 */
const FACTS = `
select current_setting('server_version_num')::int as version, current_user::text as user,
  r.rolsuper as "isSuperuser",
  ${MAY_SUBSCRIBE} or exists (select from pg_available_extensions where name = 'aiven_extras') as "maySubscribe",
  r.rolsuper or (r.rolreplication and current_setting('server_version_num')::int >= 160000) as "mayReplicate", r.rolsuper or r.rolcreatedb as "mayCreateDatabases",
  r.rolsuper or r.rolcreaterole as "mayCreateRoles", r.rolsuper or r.rolbypassrls as "bypassesRowSecurity",
  current_setting('wal_level') as "walLevel",
  current_setting('max_replication_slots')::int - (select count(*)::int from pg_replication_slots) as "freeSlots",
  (select case when setting = '-1' then null else setting::float8 * 1048576 end from pg_settings where name = 'max_slot_wal_keep_size') as "slotKeepBytes",
  ${LOCK_ROOM} as "lockRoom",
  least(current_setting('max_logical_replication_workers')::int, current_setting('max_worker_processes')::int) as "replicationWorkers",
  current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
    - coalesce(current_setting('reserved_connections', true)::int, 0) as connections,
  (select count(*)::int from pg_stat_activity where usesysid is not null and datid is not null
    and coalesce(backend_type, 'client backend') = 'client backend' and pid <> pg_backend_pid()) as "takenConnections",
  (select coalesce(json_agg(json_build_object('name', name, 'version', default_version) order by name), '[]') from pg_available_extensions) as extensions,
  to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as clock
from pg_roles r where r.rolname = current_user`;

type Plain = Omit<PostgresTargetFacts, "namesake" | "locale" | "roles" | "refusedSettings" | "refusedGroups">;

/** What is to come from the source. */
type Coming = Pick<PostgresSourceFacts, "database" | "roles" | "loginSettings"> &
  Partial<Pick<PostgresSourceFacts, "locale">>;

/** Reads, and changes nothing. `admin` is a session in the database that is always there. */
export async function readTargetFacts(
  admin: Database,
  { database, locale, roles = [], loginSettings = [] }: Coming,
  names: RunNames,
): Promise<PostgresTargetFacts> {
  const facts = await queryOne<Plain>(admin, FACTS);
  const settings = await refusedSettings(
    admin,
    loginSettings.map(({ name }) => name),
  );
  const groups = await refusedGroups(
    admin,
    roles.flatMap(({ serverRoles = [] }) => serverRoles),
  );
  return {
    ...facts,
    namesake: await databaseState(admin, database, names),
    ...(locale === undefined ? {} : { locale: await findLocale(admin, locale) }),
    roles: await readTakenRoles(admin, names),
    refusedSettings: [...settings].sort(),
    refusedGroups: [...groups].sort(),
  };
}
