import { OutgrowError } from "../model/error.ts";
import type { MigrationSource, OnlineMigration } from "../model/onlineMigration.ts";
import { ask, notTheirs, readBody } from "./digitalOceanAsk.ts";
import { databaseOf, idOf, stateOf } from "./digitalOceanDatabaseShapes.ts";
import type { DigitalOceanAccess, Question } from "./digitalOceanQuestion.ts";

const DENIED = "The token needs the scopes database:read, database:update and database:delete.";

/**
 * The online migration into a managed database of DigitalOcean, by the id of that database.
 * https://docs.digitalocean.com/reference/api/reference/databases/
 */
export function digitalOceanMigration(access: DigitalOceanAccess, databaseId: string): OnlineMigration {
  const database = `/v2/databases/${encodeURIComponent(databaseId)}`;
  const migration = `${database}/online-migration`;
  const answerTo = (question: Omit<Question, "deniedHint" | "mayBeMissing">) =>
    ask(access, { ...question, mayBeMissing: true, deniedHint: DENIED });
  const readDatabase = async () => {
    const response = await answerTo({ method: "GET", path: database });
    if (response.status === 404) throw await noDatabase(access, databaseId, response);
    return shaped(access, response, databaseOf);
  };
  return {
    async readHosts() {
      const { engine, hosts } = await readDatabase();
      if (engine !== "pg") throw notPostgres(access, databaseId, engine);
      return hosts;
    },
    async readLast() {
      const response = await answerTo({ method: "GET", path: migration });
      if (response.status !== 404) return shaped(access, response, stateOf);
      await response.body?.cancel();
      // The same status says that there is no database at all.
      await readDatabase();
      return null;
    },
    async start(source) {
      const response = await answerTo({
        method: "PUT",
        path: migration,
        body: bodyOf(source),
        secret: source.password,
      });
      if (response.status === 404) throw await noDatabase(access, databaseId, response);
      return shaped(access, response, idOf);
    },
    async stop(id) {
      const path = `${migration}/${encodeURIComponent(id)}`;
      const response = await answerTo({ method: "DELETE", path });
      await response.body?.cancel();
    },
  };
}

function bodyOf(source: MigrationSource): object {
  return {
    source: {
      host: source.host,
      port: source.port,
      dbname: source.database,
      username: source.user,
      password: source.password.reveal(),
    },
    disable_ssl: !source.isEncrypted,
    ignore_dbs: source.ignoredDatabases,
  };
}

async function shaped<T>(
  access: DigitalOceanAccess,
  response: Response,
  read: (body: Readonly<Record<string, unknown>>) => T,
): Promise<T> {
  const body = await readBody(access, response);
  try {
    return read(body);
  } catch (cause) {
    throw notTheirs(access, (cause as Error).message, cause);
  }
}

async function noDatabase(
  { origin }: DigitalOceanAccess,
  databaseId: string,
  response: Response,
): Promise<OutgrowError> {
  await response.body?.cancel();
  return new OutgrowError("not-found", `DigitalOcean (${origin}) has no database ${databaseId}.`, {
    hint: "`doctl databases list` shows the ids of those that the token's team has.",
  });
}

function notPostgres({ origin }: DigitalOceanAccess, databaseId: string, engine: string): OutgrowError {
  return new OutgrowError(
    "config",
    `Database ${databaseId} of DigitalOcean (${origin}) is of the engine ${engine}, not pg.`,
    { hint: "Name a managed PostgreSQL: `doctl databases list` shows the engine of each." },
  );
}
