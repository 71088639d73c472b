import type { Client } from "pg";

/** What a move left on a server, in the database of this session where it is a thing of a database. */
export async function leftovers(client: Client): Promise<readonly string[]> {
  const { rows } = await client.query<{ name: string }>(`
    select 'role ' || rolname as name from pg_roles where rolname like 'outgrow%' or not rolcanlogin and rolname !~ '^pg_'
    union all select 'slot ' || slot_name from pg_replication_slots
    union all select 'publication ' || pubname from pg_publication
    union all select 'subscription ' || subname from pg_stat_subscription
    union all select 'schema ' || nspname from pg_namespace where nspname like 'outgrow%'
    union all select 'database ' || datname from pg_database where datname like 'outgrow%' or shobj_description(oid, 'pg_database') like '%outgrow%'`);
  return rows.map(({ name }) => name);
}
