import type { Client } from "pg";

/** The process that sends the rows of a table, named with its schema, to a subscription's first copy; none: nobody copies it now. */
export async function copySender(client: Client, table: string): Promise<number | undefined> {
  const { rows } = await client.query<{ pid: number }>(
    "select pid from pg_stat_activity where application_name ~ '^pg_\\d+_sync_' and query like 'COPY ' || $1 || ' %'",
    [table],
  );
  return rows[0]?.pid;
}
