import { randomUUID } from "node:crypto";
import { Secret } from "../../src/model/secret.ts";
import type { LabSide } from "../postgres/pair.ts";
import { type Answer, NOT_FOUND, type Request, refusal } from "./answer.ts";
import { beginMigration, type MigrationFaults, type MigrationJob } from "./migrationJob.ts";
import type { DumpSource } from "./migrationSource.ts";

/** A managed PostgreSQL of the stand-in for DigitalOcean, on a real server, with an online migration that really copies. */
export interface LabManagedDatabase extends AsyncDisposable {
  readonly id: string;
  answer(request: Request): Answer;
  /** What went wrong in migrations so far, and what `psql` said and passed over. */
  said(): string;
}

export interface ManagedDatabaseOptions extends MigrationFaults {
  readonly id: string;
  /** Of another kind, what is asked of it here is refused. */
  readonly engine?: string;
  /** The names they tell; those of a standby only where they are given. */
  readonly hosts: {
    readonly public: string;
    readonly private: string;
    readonly standby?: { readonly public: string; readonly private: string };
  };
  /** The real server: the provider's way is its superuser, the customer's its administrator. */
  readonly target: LabSide;
  /** DELETE is answered as ever, and nothing happens. */
  readonly isDeafToStop?: boolean;
}

/** How long their job takes to hear of a DELETE that was answered. */
const HEARING_MS = 300;

export function createManagedDatabase(options: ManagedDatabaseOptions): LabManagedDatabase {
  const created = new Date().toISOString();
  const said: string[] = [];
  let last: Migration | undefined;
  const begin = (source: DumpSource): Answer => {
    // Theirs says nothing of a second one; two at once would have the same names on the source.
    if (last !== undefined && isUnderWay(last))
      return refusal(422, "An online migration is already running.");
    const job = beginMigration(source, options.target, options, (line) => said.push(line));
    last = { id: randomUUID(), created: new Date().toISOString(), job };
    return { status: 200, body: shown(last) };
  };
  const stop = (id: string): Answer => {
    if (last?.id !== id || !isUnderWay(last)) return NOT_FOUND;
    if (options.isDeafToStop !== true) last.job.stop(HEARING_MS);
    return { status: 204 };
  };
  return {
    id: options.id,
    answer(request) {
      const rest = request.url.pathname.slice(`/v2/databases/${options.id}`.length);
      const asked = `${request.method} ${rest}`;
      if (asked === "GET ") return { status: 200, body: { database: databaseOf(options, created) } };
      if (asked === "GET /online-migration")
        return last === undefined ? NOT_FOUND : { status: 200, body: shown(last) };
      if (asked === "PUT /online-migration") {
        const source = sourceOf(request.body);
        return "status" in source ? source : begin(source);
      }
      const [, id] = /^DELETE \/online-migration\/([^/]+)$/.exec(asked) ?? [];
      return id === undefined ? NOT_FOUND : stop(id);
    },
    said: () => said.join("\n"),
    [Symbol.asyncDispose]: async () => last?.job[Symbol.asyncDispose](),
  };
}

interface Migration {
  readonly id: string;
  readonly created: string;
  readonly job: MigrationJob;
}

function isUnderWay({ job }: Migration): boolean {
  return job.status() === "running" || job.status() === "syncing";
}

function shown({ id, created, job }: Migration) {
  return { id, status: job.status(), created_at: created };
}

function databaseOf({ id, engine, hosts, target }: ManagedDatabaseOptions, created: string) {
  const { port } = target.admin;
  const connection = (host: string) => ({ database: "defaultdb", host, port, ssl: true });
  const standby =
    hosts.standby === undefined
      ? {}
      : {
          standby_connection: connection(hosts.standby.public),
          standby_private_connection: connection(hosts.standby.private),
        };
  return {
    id,
    name: "glaze-postgres",
    engine: engine ?? "pg",
    version: String(target.server.major),
    num_nodes: hosts.standby === undefined ? 1 : 2,
    size: "db-s-1vcpu-1gb",
    region: "nyc3",
    status: "online",
    created_at: created,
    tags: null,
    connection: connection(hosts.public),
    private_connection: connection(hosts.private),
    ...standby,
  };
}

/** Their description requires only `source`; what is needed to dial it is refused like what cannot be processed. */
function sourceOf(body: string): DumpSource | Answer {
  try {
    const { source, disable_ssl: isPlain, ignore_dbs: ignored } = JSON.parse(body);
    const { host, port, dbname: database, username: user, password } = source;
    const texts = [host, database, user, password].every((each) => typeof each === "string" && each !== "");
    if (!texts || !Number.isInteger(port)) return refusal(422, "The source is incomplete.");
    const tls = isPlain === true ? "off" : "require";
    const login = { database, user, password: new Secret(password) };
    return { dial: { host, port, tls }, login, ignored: Array.isArray(ignored) ? ignored : [] };
  } catch {
    return refusal(400, "The request body is not what it should be.");
  }
}
