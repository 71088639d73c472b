import type { PostgresSourceFacts } from "../../model/postgresFacts.ts";
import { LOCALE } from "../catalog/locale.ts";
import { readLoginSettings } from "../catalog/loginSettings.ts";
import { canPublishChanges, IS_USERS, IS_USERS_SCHEMA, readTables, type Table } from "../catalog/tables.ts";
import { type Database, queryOne } from "../database.ts";
import { OURS } from "../runNames.ts";
import { hasNoEquality } from "./equality.ts";
import { readExtensionRows } from "./extensionRows.ts";
import { LOCK_ROOM } from "./lockRoom.ts";
import { readDatabaseRoles } from "./roleFacts.ts";

type Plain = Omit<
  PostgresSourceFacts,
  | "tables"
  | "tablesWithoutIdentity"
  | "keylessTables"
  | "unloggedTables"
  | "forcedRowSecurity"
  | "md5Roles"
  | "roles"
  | "loginSettings"
  | "extensionRows"
>;

const names = (select: string) =>
  `(select coalesce(json_agg(name order by name collate "C"), '[]') from (${select}) each(name))`;
const RELATION = "quote_ident(n.nspname) || '.' || quote_ident(c.relname)";
const RELATIONS = "pg_class c join pg_namespace n on n.oid = c.relnamespace";

/** What a move of ours makes. */
const OF_A_MOVE = `'^${OURS}(_(forward|back|touched)(_begun)?)?$'`;
/** A first copy that is under way makes them, and takes them away: https://www.postgresql.org/docs/current/logical-replication-subscription.html */
const OF_A_COPY = "'^pg_[0-9]+_sync_[0-9]+_[0-9]+$'";

const FACTS = `
select current_setting('server_version_num')::int as version, current_database()::text as database,
  (select rolsuper from pg_roles where rolname = current_user) as "isSuperuser",
  current_setting('wal_level') as "walLevel",
  current_setting('max_replication_slots')::int - (select count(*)::int from pg_replication_slots) as "freeSlots",
  current_setting('max_wal_senders')::int - (select count(*)::int from pg_stat_replication) as "freeSenders",
  (select case when setting = '-1' then null else setting::float8 * 1048576 end from pg_settings where name = 'max_slot_wal_keep_size') as "slotKeepBytes",
  pg_database_size(current_database())::float8 as bytes, ${LOCK_ROOM} as "lockRoom",
  ${LOCALE} as locale,
  (select coalesce(json_agg(json_build_object('name', extname, 'version', extversion) order by extname), '[]') from pg_extension where extname <> 'plpgsql') as extensions,
  ${names(`select ${RELATION} from ${RELATIONS} where c.relkind = 'r' and c.relreplident = 'f' and ${IS_USERS}
    and exists (${hasNoEquality("c.oid")})`)} as "tablesWithoutEquality",
  ${names(`select ${RELATION} from ${RELATIONS} where c.relkind = 'f' and ${IS_USERS}`)} as "foreignTables",
  ${names(`select ${RELATION} from ${RELATIONS} where c.relrowsecurity and ${IS_USERS}`)} as "rowSecurity",
  ${names(`select ${RELATION} || '.' || quote_ident(g.tgname) from pg_trigger g join pg_class c on c.oid = g.tgrelid join pg_namespace n on n.oid = c.relnamespace
    where g.tgenabled in ('A', 'R') and not g.tgisinternal and ${IS_USERS_SCHEMA}`)} as "alwaysTriggers",
  ${names("select evtname from pg_event_trigger")} as "eventTriggers",
  (select count(*)::int from pg_largeobject_metadata) as "largeObjects",
  ${names("select gid from pg_prepared_xacts where database = current_database()")} as "preparedTransactions",
  coalesce((select extract(epoch from max(clock_timestamp() - xact_start)) * 1000 from pg_stat_activity
    where backend_type = 'client backend' and pid <> pg_backend_pid()), 0)::float8 as "oldestTransactionMs",
  ${names("select datname from pg_database where datallowconn and not datistemplate and datname not in (current_database(), 'postgres')")} as "otherDatabases",
  (select coalesce(json_agg(json_build_object('name', subname, 'slot', subslotname) order by subname), '[]') from pg_subscription
    where subenabled and subdbid = (select oid from pg_database where datname = current_database()) and subname !~ ${OF_A_MOVE}) as subscriptions,
  ${names(`select pubname from pg_publication where pubname !~ ${OF_A_MOVE}`)} as publications,
  ${names(`select slot_name from pg_replication_slots where database = current_database() and not temporary and slot_name !~ ${OF_A_MOVE} and slot_name !~ ${OF_A_COPY}`)} as slots,
  to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as clock`;

/** Reads, and changes nothing; the session need not be a superuser's. */
export async function readSourceFacts(source: Database): Promise<PostgresSourceFacts> {
  const plain = await queryOne<Plain>(source, FACTS);
  const tables = await readTables(source);
  const named = (which: (table: Table) => boolean) => tables.filter(which).map(({ written }) => written);
  return {
    ...plain,
    tables: tables.length,
    md5Roles: plain.isSuperuser ? await readMd5Roles(source) : [],
    tablesWithoutIdentity: named((table) => table.isLogged && !canPublishChanges(table)),
    keylessTables: tables
      .filter(({ key, isLogged }) => key === null && isLogged)
      .map(({ written, bytes }) => ({ name: written, bytes })),
    unloggedTables: named(({ isLogged }) => !isLogged),
    forcedRowSecurity: named(({ forcesRowSecurity }) => forcesRowSecurity),
    roles: await readDatabaseRoles(source),
    loginSettings: (await readLoginSettings(source)).map(({ value: _, ...setting }) => setting),
    extensionRows: await readExtensionRows(source),
  };
}

async function readMd5Roles(source: Database): Promise<readonly string[]> {
  const rows = await source.query<{ name: string }>(
    "select rolname::text as name from pg_authid where rolcanlogin and rolpassword like 'md5%' order by 1",
  );
  return rows.map(({ name }) => name);
}
