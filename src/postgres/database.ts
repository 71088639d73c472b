import type { Duplex } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { Client, ClientConfig } from "pg";
import { OutgrowError } from "../model/error.ts";
import type { Secret } from "../model/secret.ts";
import type { Millis } from "../model/time.ts";
import { watchAnswer } from "./answerWatch.ts";
import { type Endpoint, placeOf, type TlsSettings } from "./endpoint.ts";
import { WITHOUT_NEWER_LIMITS } from "./loginDefaults.ts";
import { refusal, stateOf } from "./refusal.ts";

/** One session with a database. */
export interface Database extends AsyncDisposable {
  /** For messages: `glaze at 127.0.0.1:5432`. */
  readonly place: string;
  query<Row extends object>(sql: string, values?: readonly unknown[]): Promise<readonly Row[]>;
  /** Several statements in one go; the server makes them one transaction unless they say otherwise. */
  script(sql: string): Promise<void>;
  /**
   * Another session of the same log-in, to which `KNOWN_SECRET` is this text. It goes with the log-in, which no server shows or
   * writes down: a statement stands in the list of sessions and in logs, and its parameters may be in logs too.
   */
  knowing(secret: Secret): Promise<Database>;
}

/** What a session that was opened by `knowing` was told, as an expression of SQL. */
export const KNOWN_SECRET = "convert_from(decode(current_setting('outgrow.secret'), 'base64'), 'UTF8')";

const CONNECT_MS = 10_000;

/**
 * Settings of every session of ours. The text form of a value depends on the first ones, and with it every comparison:
 * they must be the same on both sides. The last ones keep a server's own limits from ending long work, and what is on the
 * way from forgetting a session that waits for hours; newer servers have more of such limits.
 * Questions about the catalog are long and their answers short: to compile one takes a hundred times as long as to answer it.
 */
const SESSION = `
  set timezone = 'UTC'; set datestyle = 'ISO, YMD'; set intervalstyle = 'iso_8601'; set extra_float_digits = 3;
  set bytea_output = 'hex'; set xmlbinary = 'base64'; set lc_monetary = 'C'; set search_path = '';
  set standard_conforming_strings = on; set quote_all_identifiers = off; set client_min_messages = 'warning';
  set statement_timeout = 0; set lock_timeout = 0; set idle_in_transaction_session_timeout = 0;
  set tcp_keepalives_idle = 60; set tcp_user_timeout = 0; set default_transaction_read_only = off; set default_transaction_isolation = 'read committed'; set row_security = off;
  set synchronous_commit = on;
  ${WITHOUT_NEWER_LIMITS};
  select set_config(name, 'off', false) from pg_settings where name = 'jit'`;

/** Longer than most answers take, and short enough for whoever waits at the terminal. */
const ASK_AFTER_MS = 10_000;

/** Opens a session. Throws `unreachable`, `tls`, `unauthorized`, `not-found`, `timeout` or `database`. */
export async function openDatabase(endpoint: Endpoint, askAfterMs: Millis = ASK_AFTER_MS): Promise<Database> {
  return openSession(endpoint, askAfterMs, null);
}

async function openSession(endpoint: Endpoint, askAfterMs: Millis, known: Secret | null): Promise<Database> {
  const place = placeOf(endpoint);
  const client = await connectTo(endpoint, known === null ? {} : knowingOptions(known));
  let pid: number | undefined;
  const attempt = async <T>(deed: () => Promise<T>): Promise<T> => {
    using _ = watchAnswer({
      everyMs: askAfterMs,
      isAtWork: () => isAtWork(endpoint, pid),
      giveUp: () =>
        streamOf(client).destroy(new Error("Connection terminated: the way to the server is dead")),
    });
    return await saying(place, deed);
  };
  const { rows } = await attempt(async () => {
    await client.query(SESSION);
    return client.query<{ pid: number }>("select pg_backend_pid() as pid");
  });
  pid = rows[0]?.pid;
  return {
    place,
    query: (sql, values = []) => attempt(async () => (await client.query(sql, [...values])).rows),
    script: (sql) =>
      attempt(async () => {
        await client.query(sql);
      }),
    knowing: (secret) => openSession(endpoint, askAfterMs, secret),
    async [Symbol.asyncDispose]() {
      await leave(client, askAfterMs);
    },
  };
}

/** `end` of the driver waits for the other side's farewell, which a dead way does not bring either: after a while we hang up. */
async function leave(client: Client, patienceMs: Millis): Promise<void> {
  const farewell = client.end().catch(() => undefined);
  await Promise.race([farewell, sleep(patienceMs, undefined, { ref: false })]);
  streamOf(client).destroy();
}

/** What lies under the driver's session is no part of its types. */
function streamOf(client: Client): Duplex {
  return (client as Client & { readonly connection: { readonly stream: Duplex } }).connection.stream;
}

async function saying<T>(place: string, deed: () => Promise<T>): Promise<T> {
  try {
    return await deed();
  } catch (cause) {
    throw refusal(cause, place);
  }
}

/** Goes with the log-in: see `KNOWN_SECRET`. */
function knowingOptions(secret: Secret): ClientConfig {
  return { options: `-c outgrow.secret=${Buffer.from(secret.reveal()).toString("base64")}` };
}

async function connectTo(endpoint: Endpoint, more: ClientConfig = {}): Promise<Client> {
  // Loaded when it is first needed: most verbs never talk to a database.
  const { default: pg } = await import("pg");
  const client = new pg.Client({
    host: endpoint.host,
    port: endpoint.port,
    database: endpoint.database,
    user: endpoint.user,
    password: endpoint.password.reveal(),
    ssl: tlsOptions(endpoint.tls),
    application_name: "outgrow",
    connectionTimeoutMillis: CONNECT_MS,
    client_encoding: "UTF8",
    ...more,
  });
  // A session that dies between two questions is told by the next question.
  client.on("error", () => undefined);
  await saying(placeOf(endpoint), () => client.connect());
  return client;
}

/** Asks over a way of its own. A server that answers without letting us in is there: the question may go on. */
async function isAtWork(endpoint: Endpoint, pid: number | undefined): Promise<boolean> {
  try {
    // It may be this very way that dies now.
    const client = await connectTo(endpoint, { query_timeout: CONNECT_MS });
    try {
      const { rows } = await client.query("select from pg_stat_activity where pid = $1 and state <> 'idle'", [
        pid,
      ]);
      return rows.length > 0;
    } finally {
      await leave(client, CONNECT_MS);
    }
  } catch (error) {
    return stateOf(error) !== null;
  }
}

/** As the driver takes them. */
export function tlsOptions({ mode, ca, name }: TlsSettings) {
  if (mode === "off") return false;
  return {
    rejectUnauthorized: mode === "verify",
    ...(ca === undefined ? {} : { ca }),
    ...(name === undefined ? {} : { servername: name }),
  };
}

/** The one row of a question that has exactly one. */
export async function queryOne<Row extends object>(
  database: Database,
  sql: string,
  values?: readonly unknown[],
): Promise<Row> {
  const [row] = await database.query<Row>(sql, values);
  if (row === undefined)
    throw new OutgrowError("bad-answer", `${database.place} gave no row where one must be.`);
  return row;
}

/** Whether the server is of this major or a newer one. */
export async function isSince(database: Database, major: number): Promise<boolean> {
  const { version } = await queryOne<{ version: number }>(
    database,
    "select current_setting('server_version_num')::int as version",
  );
  return version >= major * 10_000;
}

/** Runs a deed in one transaction; whatever it throws, nothing of it stays. */
export async function inTransaction<T>(database: Database, deed: () => Promise<T>): Promise<T> {
  await database.script("begin");
  try {
    const result = await deed();
    await database.script("commit");
    return result;
  } catch (error) {
    await database.script("rollback").catch(() => undefined);
    throw error;
  }
}

/** Runs statements each in a transaction of its own, in one go: none holds what another one waits for. */
export async function oneByOne(database: Database, statements: readonly string[]): Promise<void> {
  try {
    await database.script(statements.map((each) => `begin; ${each}; commit`).join(";\n"));
  } catch (error) {
    await database.script("rollback").catch(() => undefined);
    throw error;
  }
}

const DEADLOCK = "40P01";
const MOST_DEADLOCKS = 5;

/** Of two who wait for each other the server ends one, perhaps us: the other goes on, and then it is our turn. The deed must be safe to repeat. */
export async function despiteDeadlocks<T>(deed: () => Promise<T>): Promise<T> {
  for (let deadlocks = 0; ; deadlocks++) {
    try {
      return await deed();
    } catch (error) {
      if (stateOf(error) !== DEADLOCK || deadlocks === MOST_DEADLOCKS) throw error;
    }
  }
}

const CANCELLED = "57014";

/** Lets each statement of a deed wait so long on the server; throws what `late` makes of it when one took longer. */
export async function withTimeLimit<T>(
  database: Database,
  limitMs: Millis,
  deed: () => Promise<T>,
  late: () => OutgrowError | Promise<OutgrowError>,
): Promise<T> {
  await database.script(`set statement_timeout = ${Math.round(limitMs)}`);
  try {
    return await deed();
  } catch (error) {
    throw stateOf(error) === CANCELLED ? await late() : error;
  } finally {
    await database.script("set statement_timeout = 0").catch(() => undefined);
  }
}
