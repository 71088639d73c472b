import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import type { Client } from "pg";
import { errorsOf, readDescription } from "../../lab/clouds/description.ts";
import { type LabDigitalOcean, NO_LISTS, startDigitalOcean } from "../../lab/clouds/digitalOcean.ts";
import {
  createManagedDatabase,
  type LabManagedDatabase,
  type ManagedDatabaseOptions,
} from "../../lab/clouds/managedDatabase.ts";
import { connectTo } from "../../lab/postgres/client.ts";
import { type LabPair, startPair } from "../../lab/postgres/pair.ts";
import { startScriptedServer } from "../../lab/scriptedServer.ts";
import { waitFor } from "../../lab/waitFor.ts";
import type { MigrationSource, MigrationState, OnlineMigration } from "../model/onlineMigration.ts";
import { Secret } from "../model/secret.ts";
import { digitalOceanMigration } from "./digitalOceanMigration.ts";

const HOSTS = {
  public: "backend-do-user-1-0.b.db.ondigitalocean.com",
  private: "private-backend-do-user-1-0.b.db.ondigitalocean.com",
  standby: {
    public: "replica-backend-do-user-1-0.b.db.ondigitalocean.com",
    private: "private-replica-backend-do-user-1-0.b.db.ondigitalocean.com",
  },
};

let pair: LabPair;
before(async () => {
  pair = await startPair();
  await using postgres = await session(pair.source);
  await postgres.query("create role glaze login; create role painter nologin");
});
after(() => pair[Symbol.asyncDispose]());

/** A managed database with the stand-in that tells of it, and the talker to both. */
interface Scene extends AsyncDisposable {
  readonly lab: LabDigitalOcean;
  readonly database: LabManagedDatabase;
  readonly migration: OnlineMigration;
}

async function openScene(options: Partial<ManagedDatabaseOptions> = {}): Promise<Scene> {
  await using kept = new AsyncDisposableStack();
  const id = randomUUID();
  const database = kept.use(createManagedDatabase({ id, hosts: HOSTS, target: pair.target, ...options }));
  const lab = kept.use(await startDigitalOcean(NO_LISTS, [database]));
  const moved = kept.move();
  return {
    lab,
    database,
    migration: digitalOceanMigration(accessTo(lab.origin), id),
    [Symbol.asyncDispose]: () => moved.disposeAsync(),
  };
}

const accessTo = (origin: string, token = "dop_v1_0123456789abcdef", timeoutMs = 5_000) => ({
  origin,
  token: new Secret(token),
  timeoutMs,
});

const DATABASES = ["glaze", "tiles", "kiln", "wheel", "bench"];

/** The database of one test alone; every other one of the source is ignored, so that tests do not meet. */
function sourceOf(database: string): MigrationSource {
  const { host, port, user, password } = pair.source.admin;
  const ignoredDatabases = DATABASES.filter((each) => each !== database);
  return { host, port, user, password, database, isEncrypted: false, ignoredDatabases };
}

async function session(side: LabPair["source"], database = "postgres"): Promise<Client & AsyncDisposable> {
  const client = await side.superuser(database);
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.end() });
}

async function createGlaze(name: string): Promise<void> {
  await using postgres = await session(pair.source);
  await postgres.query(`create database ${name}`);
  await using client = await session(pair.source, name);
  await client.query(
    `create table pots (id int primary key, name text);
     create index on pots (name);
     grant select on pots to glaze;
     insert into pots select n, 'pot ' || n from generate_series(1, 1000) n`,
  );
}

function becomes({ database, migration }: Scene, status: MigrationState["status"]): Promise<MigrationState> {
  return waitFor(`the migration to be ${status}; ${database.said()}`, async () => {
    const last = await migration.readLast();
    return last?.status === status ? last : undefined;
  });
}

async function countOf(database: string): Promise<number> {
  await using client = await session(pair.target, database);
  const { rows } = await client.query<{ readonly count: number }>("select count(*)::int as count from pots");
  return rows[0]?.count ?? 0;
}

/** What is on both servers under names of the provider's. */
async function traces(database: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const side of [pair.source, pair.target]) {
    await using client = await session(side, database);
    const { rows } = await client.query<{ readonly kind: string }>(
      `select 'publication' as kind, pubname as name from pg_publication
       union all select 'slot', slot_name from pg_replication_slots where database = current_database()
       union all select 'subscription', subname from pg_subscription
         where subdbid = (select oid from pg_database where datname = current_database())
       order by 1`,
    );
    found.push(...rows.map(({ kind }) => kind));
  }
  return found;
}

test("rows arrive, later ones too, and its end leaves nothing but them", async () => {
  await createGlaze("glaze");
  await using scene = await openScene();
  const { lab, migration, database } = scene;
  assert.deepEqual(await migration.readHosts(), [
    HOSTS.public,
    HOSTS.private,
    HOSTS.standby.public,
    HOSTS.standby.private,
  ]);
  assert.equal(await migration.readLast(), null);

  const id = await migration.start(sourceOf("glaze"));
  assert.deepEqual(await becomes(scene, "syncing"), { id, status: "syncing" });
  assert.equal(await countOf("glaze"), 1000);
  assert.deepEqual(await traces("glaze"), ["publication", "slot", "subscription"]);
  assert.deepEqual(await rolesOfTarget(), ["glaze", "painter"]);
  await using admin = await connectTo(pair.target.admin);
  await admin.query("alter role glaze login password 'new'");

  await using client = await session(pair.source, "glaze");
  await client.query("insert into pots select n, 'late' from generate_series(1001, 1500) n");
  await waitFor("the later rows", async () => ((await countOf("glaze")) === 1500 ? true : undefined));

  await migration.stop(id);
  await migration.stop(id);
  assert.deepEqual(await becomes(scene, "canceled"), { id, status: "canceled" });
  assert.deepEqual(await traces("glaze"), []);
  await migration.stop(id);
  assert.equal(lab.asked("PUT"), 1);
  assert.ok(!database.said().includes("failed"), database.said());
});

async function rolesOfTarget(): Promise<readonly string[]> {
  await using client = await session(pair.target);
  const { rows } = await client.query<{ readonly rolname: string }>(
    "select rolname from pg_roles where rolname in ('glaze', 'painter') and not rolcanlogin order by 1",
  );
  return rows.map(({ rolname }) => rolname);
}

test("into a database that is there already; whose answer was lost is found; deaf, it goes on", async () => {
  await createGlaze("tiles");
  await using admin = await session(pair.target);
  await admin.query("create database tiles owner doadmin");
  await using scene = await openScene({ isDeafToStop: true });
  scene.lab.losesAnswerOf("PUT");
  await assert.rejects(scene.migration.start(sourceOf("tiles")), {
    code: "unreachable",
    message: `DigitalOcean (${scene.lab.origin}) cannot be reached: UND_ERR_SOCKET.`,
  });
  assert.equal(scene.lab.asked("PUT"), 1);
  const { id } = await becomes(scene, "syncing");
  assert.equal(await countOf("tiles"), 1000);
  assert.match(scene.database.said(), /database "tiles" already exists/);
  await assert.rejects(scene.migration.start(sourceOf("tiles")), {
    code: "bad-answer",
    message: `DigitalOcean (${scene.lab.origin}) answered 422 to PUT /v2/databases/${scene.database.id}/online-migration: An online migration is already running.`,
  });
  await scene.migration.stop(id);
  await new Promise((resolve) => setTimeout(resolve, 600));
  assert.deepEqual(await scene.migration.readLast(), { id, status: "syncing" });
  await scene.database[Symbol.asyncDispose]();
  assert.deepEqual(await traces("tiles"), []);
});

test("it fails midway and leaves its slot; copied without following, it is done", async () => {
  await createGlaze("kiln");
  await using failing = await openScene({ failsMidway: true });
  await failing.migration.start(sourceOf("kiln"));
  await becomes(failing, "error");
  assert.deepEqual(await traces("kiln"), ["publication", "slot"]);
  assert.match(failing.database.said(), /failed: the job died/);

  await using again = await openScene();
  await again.migration.start(sourceOf("kiln"));
  await becomes(again, "error");
  assert.match(again.database.said(), /failed: publication "aiven_db_migrate_\w+_pub" already exists/);

  await using copying = await openScene({ isDumpOnly: true });
  await copying.migration.start(sourceOf("kiln"));
  await becomes(copying, "done");
  assert.equal(await countOf("kiln"), 1000);

  await using wrong = await openScene();
  await wrong.migration.start({ ...sourceOf("kiln"), password: new Secret("wrong") });
  await becomes(wrong, "error");
  assert.match(wrong.database.said(), /failed: password authentication failed for user "keeper"/);
  await wrong.migration.start({ ...sourceOf("kiln"), isEncrypted: true });
  await waitFor("the refusal", () => /does not support SSL/.test(wrong.database.said()) || undefined);
});

/** What keeps a migration from going on, and the words of the session that waits there. */
const OBSTACLES: readonly (readonly [database: string, held: string, waiting: string])[] = [
  ["wheel", "lock table pots", "LOCK TABLE public.pots%"],
  ["bench", "insert into pots values (0, 'open')", "select pg_create_logical_replication_slot%"],
];

for (const [database, held, waiting] of OBSTACLES) {
  test(`ended in the middle, where it waits for another's ${held}, it leaves nothing`, async () => {
    await createGlaze(database);
    await using admin = await session(pair.target);
    await admin.query(`create database ${database} owner doadmin`);
    await using client = await session(pair.source, database);
    await client.query(`begin; ${held}`);
    await using watcher = await session(pair.source);
    const others = async () => {
      const { rows } = await watcher.query<{ readonly query: string; readonly hit: boolean }>(
        `select query, query like $1 as hit from pg_stat_activity
         where datname = $2 and backend_type = 'client backend' and state <> 'idle in transaction'`,
        [waiting, database],
      );
      return rows;
    };
    await using scene = await openScene();
    const id = await scene.migration.start(sourceOf(database));
    await waitFor("the obstacle", async () => ((await others()).some(({ hit }) => hit) ? true : undefined));
    assert.deepEqual(await scene.migration.readLast(), { id, status: "running" });
    await scene.migration.stop(id);
    await becomes(scene, "canceled");
    assert.deepEqual(await traces(database), []);
    await waitFor("its sessions to end", async () => ((await others()).length === 0 ? true : undefined));
  });
}

test("the stand-in answers, and the talker asks, as their own description says", async () => {
  const description = readDescription();
  await using scene = await openScene({ isDumpOnly: true });
  const at = `${scene.lab.origin}/v2/databases/${scene.database.id}`;
  const headers = { Authorization: `Bearer ${scene.lab.token}` };
  const database = (await (await fetch(at, { headers })).json()) as { readonly database: object };
  assert.equal(errorsOf(description.database, database), "");
  assert.notEqual(
    errorsOf(description.database, { database: { ...database.database, engine: "oracle" } }),
    "",
  );
  assert.notEqual(errorsOf(description.database, {}), "");
  const none = await fetch(`${at}/online-migration`, { headers });
  assert.deepEqual([none.status, errorsOf(description.refusal, await none.json())], [404, ""]);

  const source = sourceOf("none");
  await scene.migration.start({ ...source, ignoredDatabases: DATABASES });
  const migration = (await (await fetch(`${at}/online-migration`, { headers })).json()) as object;
  assert.equal(errorsOf(description.migration, migration), "");
  assert.notEqual(errorsOf(description.migration, { ...migration, status: "stopped" }), "");
});

test("what begins a migration is as described, encrypted or not", async () => {
  const bodies: Record<string, unknown>[] = [];
  await using server = await startScriptedServer(async (request, response) => {
    bodies.push(JSON.parse(Buffer.concat(await request.toArray()).toString()));
    response.end(JSON.stringify({ id: "77b28fc8", status: "running" }));
  });
  const migration = digitalOceanMigration(accessTo(server.origin), "db");
  const password = new Secret("s");
  const source = { host: "h", port: 5432, database: "d", user: "u", password, ignoredDatabases: ["a"] };
  assert.equal(await migration.start({ ...source, isEncrypted: true }), "77b28fc8");
  assert.equal(await migration.start({ ...source, isEncrypted: false }), "77b28fc8");
  const sent = { host: "h", port: 5432, dbname: "d", username: "u", password: "s" };
  assert.deepEqual(bodies, [
    { source: sent, disable_ssl: false, ignore_dbs: ["a"] },
    { source: sent, disable_ssl: true, ignore_dbs: ["a"] },
  ]);
  const { source: schema } = readDescription();
  assert.equal(errorsOf(schema, bodies[0]), "");
  assert.notEqual(errorsOf(schema, { ...bodies[0], source: undefined }), "");
  assert.notEqual(errorsOf(schema, { ...bodies[0], disable_ssl: "no" }), "");
});

test("the stand-in refuses a body without what is needed", async () => {
  await using scene = await openScene();
  const at = `${scene.lab.origin}/v2/databases/${scene.database.id}/online-migration`;
  const headers = { Authorization: `Bearer ${scene.lab.token}` };
  const put = async (body: string) => (await fetch(at, { method: "PUT", headers, body })).status;
  const source = { host: "127.0.0.1", port: 5432, dbname: "glaze", username: "keeper", password: "p" };
  assert.equal(await put("<xml>"), 400);
  assert.equal(await put("{}"), 400);
  for (const key of Object.keys(source)) {
    assert.equal(await put(JSON.stringify({ source: { ...source, [key]: undefined } })), 422, key);
  }
  assert.equal(await scene.migration.readLast(), null);
});

test("what passes is waited for; a beginning is repeated only where it was not let in", async () => {
  await using scene = await openScene({ isDumpOnly: true });
  const { lab, migration } = scene;
  lab.failNext(429, 429);
  assert.equal((await migration.readHosts()).length, 4);
  lab.failNext(503);
  await assert.rejects(migration.start(sourceOf("none")), {
    code: "unavailable",
    message: `DigitalOcean (${lab.origin}) answered 503 to PUT /v2/databases/${scene.database.id}/online-migration: Service Unavailable.`,
  });
  assert.equal(lab.asked("PUT"), 1);
  lab.failNext(429);
  const id = await migration.start({ ...sourceOf("none"), ignoredDatabases: DATABASES });
  assert.equal(lab.asked("PUT"), 3);
  lab.failNext(503, 429);
  await migration.stop(id);
  assert.equal(lab.asked("DELETE"), 3);
});

type Verb = (migration: OnlineMigration) => Promise<unknown>;

const VERBS: readonly (readonly [method: string, verb: Verb, path: string])[] = [
  ["GET", (migration) => migration.readHosts(), ""],
  ["GET", (migration) => migration.readLast(), "/online-migration"],
  ["PUT", (migration) => migration.start(sourceOf("none")), "/online-migration"],
  ["DELETE", (migration) => migration.stop("m"), "/online-migration/m"],
];

for (const [method, verb, path] of VERBS) {
  test(`refused: ${method} ${path} by a wrong token, by one that may not, too often`, async () => {
    await using scene = await openScene();
    const { origin } = scene.lab;
    const asked = `${method} /v2/databases/${scene.database.id}${path}`;
    await assert.rejects(verb(digitalOceanMigration(accessTo(origin, "wrong"), scene.database.id)), {
      code: "unauthorized",
      message: `DigitalOcean (${origin}) answered 401 to ${asked}: Unable to authenticate you.`,
      hint: "cloud.digitalocean.token must hold a valid token.",
    });
    scene.lab.failNext(403);
    await assert.rejects(verb(scene.migration), {
      code: "denied",
      message: `DigitalOcean (${origin}) answered 403 to ${asked}: You are not authorized to perform this operation.`,
      hint: "The token needs the scopes database:read, database:update and database:delete.",
    });
    scene.lab.failNext(429, 429, 429, 429);
    await assert.rejects(verb(scene.migration), {
      code: "rate-limited",
      message: `DigitalOcean (${origin}) answered 429 to ${asked}: API rate limit exceeded.`,
      hint: "They allow 5,000 requests an hour: try again later.",
    });
  });
}

test("refused: a database that is not there, or is none of PostgreSQL", async () => {
  await using scene = await openScene({ engine: "mysql" });
  const { origin } = scene.lab;
  const missing = digitalOceanMigration(accessTo(origin), "gone/../x");
  for (const [method, verb] of VERBS.filter(([name]) => name !== "DELETE")) {
    await assert.rejects(
      verb(missing),
      {
        code: "not-found",
        message: `DigitalOcean (${origin}) has no database gone/../x.`,
        hint: "`doctl databases list` shows the ids of those that the token's team has.",
      },
      method,
    );
  }
  await missing.stop("m");
  await assert.rejects(scene.migration.readHosts(), {
    code: "config",
    message: `Database ${scene.database.id} of DigitalOcean (${origin}) is of the engine mysql, not pg.`,
    hint: "Name a managed PostgreSQL: `doctl databases list` shows the engine of each.",
  });
});

const strange: readonly (readonly [verb: Verb, answer: unknown, why: string])[] = [
  [(each) => each.readLast(), { id: "m", status: "stopped" }, 'status is "stopped"'],
  [(each) => each.readLast(), {}, "status is undefined"],
  [(each) => each.readHosts(), {}, "database is no object"],
  [
    (each) => each.readHosts(),
    { database: { engine: "pg", connection: { host: 7 } } },
    "host is 7, not a text",
  ],
  [(each) => each.start(sourceOf("none")), { status: "running" }, "id is undefined, not a text"],
  [(each) => each.start(sourceOf("none")), { id: "" }, "id is empty"],
];

for (const [verb, answer, why] of strange) {
  test(`refused: an answer where ${why}`, async () => {
    await using server = await startScriptedServer(
      (_request, response) => void response.end(JSON.stringify(answer)),
    );
    await assert.rejects(verb(digitalOceanMigration(accessTo(server.origin), "db")), {
      code: "bad-answer",
      message: `DigitalOcean (${server.origin}) gave an answer that is not theirs: ${why}.`,
    });
  });
}

test("hosts: names of the customer's own too, each once; none where there are none yet", async () => {
  const databases = [
    {
      engine: "pg",
      connection: { host: "a" },
      private_connection: { host: "a" },
      do_settings: { service_cnames: ["db.example.com"] },
    },
    { engine: "pg", connection: { host: "" }, private_connection: null },
  ];
  await using server = await startScriptedServer(
    (_request, response) => void response.end(JSON.stringify({ database: databases.shift() })),
  );
  const migration = digitalOceanMigration(accessTo(server.origin), "db");
  assert.deepEqual(await migration.readHosts(), ["a", "db.example.com"]);
  assert.deepEqual(await migration.readHosts(), []);
});

test("a password that an answer repeats is in no error", async () => {
  const password = pair.source.admin.password.reveal();
  const said = `cannot connect: postgres://keeper:${encodeURIComponent(password)}@h or password=${password}`;
  await using server = await startScriptedServer((_request, response) => {
    response.statusCode = 422;
    response.end(JSON.stringify({ id: "unprocessable_entity", message: said }));
  });
  const migration = digitalOceanMigration(accessTo(server.origin), "db");
  const error = await migration.start(sourceOf("none")).then(
    () => assert.fail("it was begun"),
    (refused: Error) => refused,
  );
  assert.equal(
    error.message,
    `DigitalOcean (${server.origin}) answered 422 to PUT /v2/databases/db/online-migration: cannot connect: postgres://keeper:[redacted]@h or password=[redacted].`,
  );
});

test("one that does not answer is left in time", async () => {
  await using server = await startScriptedServer(() => undefined);
  const migration = digitalOceanMigration(accessTo(server.origin, "t", 200), "db");
  for (const [, verb] of VERBS) {
    await assert.rejects(verb(migration), {
      code: "timeout",
      message: `DigitalOcean (${server.origin}) did not answer within 0.2 s.`,
    });
  }
});
