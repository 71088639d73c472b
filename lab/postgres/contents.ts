import type { Client } from "pg";

/**
 * Every row of every table, rights and sequences, read in another way than the product does. Materialized views are fresher there.
 * The ledger's own are left out: clients write to them all the while, and `commitFaults` looks for what they wrote.
 */
export async function contentsOf(client: Client): Promise<unknown> {
  await client.query(`
    set statement_timeout = 0; set timezone = 'UTC'; set datestyle = 'ISO, YMD'; set intervalstyle = 'postgres'; set bytea_output = 'hex';
    set extra_float_digits = 3; set search_path = ''; set quote_all_identifiers = off; set standard_conforming_strings = on`);
  const { rows } = await client.query<{ name: string; columns: string; rights: string | null }>(`
    select c.oid::regclass::text as name, case c.relkind when 'S' then 'last_value, is_called' else '*' end as columns, (select string_agg(a::text, ' ' order by a::text) from unnest(c.relacl) a where a::text not like 'doadmin%') as rights
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'p', 'S') and n.nspname !~ '^(pg_|information_schema|outgrow)'
       and c.oid::regclass::text not in ('public.entries', 'public.totals', 'public.numbers') order by 1`);
  const contents = [];
  for (const { name, columns, rights } of rows) {
    const all = await client.query(
      `select count(*), md5(string_agg(t::text, E'\\n' order by t::text collate "C")) from (select ${columns} from ${name}) t`,
    );
    contents.push([name, rights, all.rows]);
  }
  return contents;
}
