import type { Client } from "pg";
import type { Secret } from "../../src/model/secret.ts";
import type { DialAddress, Endpoint } from "../../src/postgres/endpoint.ts";
import { connectTo } from "../postgres/client.ts";

/** The server that is copied, as whoever asked for it has told. */
export interface DumpSource {
  readonly dial: DialAddress;
  readonly login: { readonly database: string; readonly user: string; readonly password: Secret };
  readonly ignored: readonly string[];
}

export function endpointOf({ dial, login }: DumpSource, database = login.database): Endpoint {
  return { ...login, host: dial.host, port: dial.port, database, tls: { mode: dial.tls } };
}

export interface SourceFacts {
  readonly databases: readonly string[];
  readonly roles: readonly string[];
  /** A publication for all tables takes a superuser, and a slot a log that is written for it. */
  readonly canBeFollowed: boolean;
}

export async function readSource(source: DumpSource, signal: AbortSignal): Promise<SourceFacts> {
  await using client = await connectTo(endpointOf(source), signal);
  const databases = await namesOf(
    client,
    `select datname as name from pg_database
     where datallowconn and not datistemplate and datname <> 'postgres' and datname <> all ($1) order by 1`,
    [source.ignored],
  );
  const roles = await namesOf(client, "select rolname as name from pg_roles where oid >= 16384 order by 1");
  const { rows } = await client.query<{ readonly can: boolean }>(
    `select rolsuper and current_setting('wal_level') = 'logical' as can
     from pg_roles where rolname = current_user`,
  );
  return { databases, roles, canBeFollowed: rows[0]?.can === true };
}

async function namesOf(
  client: Client,
  query: string,
  values: readonly unknown[] = [],
): Promise<readonly string[]> {
  const { rows } = await client.query<{ readonly name: string }>(query, [...values]);
  return rows.map(({ name }) => name);
}
