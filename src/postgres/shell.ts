import type { Secret } from "../model/secret.ts";
import type { Millis } from "../model/time.ts";
import { connectionWord } from "./endpoint.ts";
import { LOGIN_DEFAULTS } from "./loginDefaults.ts";

/** A command for the host beside the source, as `hosts/` takes it: words without quoting, secrets on stdin only. */
export interface ServerCommand {
  readonly words: readonly string[];
  readonly input?: string | Secret;
  readonly effect: "reads" | "changes";
  readonly timeoutMs?: Millis;
}

export interface ServerAnswer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How commands reach that host. */
export type Shell = (command: ServerCommand) => Promise<ServerAnswer>;

/** Who logs in, to which database. The password is the first line of the program's stdin. */
export interface ProgramLogin {
  readonly user: string;
  readonly database: string;
}

/**
 * The source's own client programs, as words to be run on that host. They are wrapped so that they take the
 * password from the first line of stdin: in production `k3s kubectl exec -i <pod> -- sh -c …`.
 */
export interface ServerPrograms {
  psql(login: ProgramLogin): readonly string[];
  pgDump(login: ProgramLogin): readonly string[];
}

/** Reads the password from stdin's first line into the environment, then becomes the program, which waits so many seconds for a connection at most. */
export const WITH_PASSWORD = `IFS= read -r PGPASSWORD; PGCONNECT_TIMEOUT=10; export PGPASSWORD PGCONNECT_TIMEOUT; exec "$@"`;

/** https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNECT-OPTIONS */
const OPTIONS = Object.entries(LOGIN_DEFAULTS)
  .map(([name, value]) => `-c ${name}=${value}`)
  .join(" ");

/** Programs reached through `prefix` (empty: on the host itself), in a folder or on the path. */
export function serverPrograms(
  prefix: readonly string[],
  where: { readonly folder?: string; readonly host?: string; readonly port?: number } = {},
): ServerPrograms {
  const program = (name: string, { user, database }: ProgramLogin) => [
    ...prefix,
    "sh",
    "-c",
    WITH_PASSWORD,
    name,
    where.folder === undefined ? name : `${where.folder}/${name}`,
    ...(where.host === undefined ? [] : [`--host=${where.host}`]),
    ...(where.port === undefined ? [] : [`--port=${where.port}`]),
    `--username=${user}`,
    `--dbname=${connectionWord("dbname", database)} ${connectionWord("options", OPTIONS)}`,
    "--no-password",
  ];
  return { psql: (login) => program("psql", login), pgDump: (login) => program("pg_dump", login) };
}
