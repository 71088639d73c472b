import type { MigrationState } from "../model/onlineMigration.ts";
import { arrayAt, objectOf, stringAt } from "./shape.ts";

type Fields = Readonly<Record<string, unknown>>;

/** Of a managed database: what it is, and every name under which it is reached. */
export interface ManagedDatabase {
  readonly engine: string;
  readonly hosts: readonly string[];
}

const CONNECTIONS = ["connection", "private_connection", "standby_connection", "standby_private_connection"];

/** Readers of answers; each throws a plain `Error` that names the field that is not as it should be. */
export function databaseOf(body: Fields): ManagedDatabase {
  const database = objectOf(body.database, "database");
  const hosts = [...CONNECTIONS.flatMap((name) => hostOf(database[name], name)), ...aliasesOf(database)];
  return { engine: stringAt(database, "engine"), hosts: [...new Set(hosts)] };
}

const STATUSES = ["running", "syncing", "canceled", "error", "done"] as const;

export function stateOf(body: Fields): MigrationState {
  const status = STATUSES.find((known) => known === body.status);
  if (status === undefined) throw new Error(`status is ${JSON.stringify(body.status)}`);
  return { id: idOf(body), status };
}

/** Without one there is no way to end what has begun. */
export function idOf(body: Fields): string {
  const id = stringAt(body, "id");
  if (id === "") throw new Error("id is empty");
  return id;
}

/** A database that is being created has none yet, one of a single node no standby. */
function hostOf(connection: unknown, name: string): readonly string[] {
  if (connection === undefined || connection === null) return [];
  const { host } = objectOf(connection, name);
  if (host === undefined || host === null || host === "") return [];
  return [stringAt({ host }, "host")];
}

/** Names of the customer's own that stand for it. */
function aliasesOf(database: Fields): readonly string[] {
  const names = arrayAt(objectOf(database.do_settings ?? {}, "do_settings"), "service_cnames");
  return names.map((name) => stringAt({ service_cnames: name }, "service_cnames"));
}
