import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Client } from "pg";
import { createGlaze, inGlaze, PASSWORD } from "../../../lab/postgres/application.ts";
import { moveOrder } from "../../../lab/postgres/move.ts";
import { type LabPair, startPair } from "../../../lab/postgres/pair.ts";
import type { OutgrowError } from "../../model/error.ts";
import { openDatabase } from "../database.ts";
import { assertReady } from "../move/assertReady.ts";
import { bringBack, carryOver } from "../move/move.ts";
import { runNames } from "../runNames.ts";
import { copyRoles } from "../schema/roles.ts";
import { readSourceFacts } from "./sourceFacts.ts";
import { readTargetFacts } from "./targetFacts.ts";

describe("roles whose name the target has already", () => {
  let pair: LabPair;
  before(async () => {
    pair = await startPair({ from: 15, to: 17 });
    await createGlaze(pair);
  });
  after(() => pair[Symbol.asyncDispose]());

  test("who owns what, was given what, belongs to whom and is there is read on the source", async () => {
    await inGlaze(pair, (client) =>
      client.query(`
        create role staff; create role readers in role staff; create role clerk login in role readers;
        create role idle login; grant select on entries, totals to readers; grant pg_monitor to clerk;
        create extension citext; create table by_hand (id int primary key)`),
    );
    const { connect, source } = moveOrder(pair);
    await using database = await connect({ ...source.admin, database: "glaze" });
    await using _ = await openClient(pair);
    const nothing = {
      memberOf: [],
      owned: 0,
      firstOwned: null,
      rights: 0,
      sessions: 0,
      serverRoles: [],
      bypassesRowSecurity: false,
    };
    const login = { ...nothing, mayLogIn: true, isSuperuser: false };
    assert.deepEqual((await readSourceFacts(database)).roles, [
      { ...login, name: "clerk", memberOf: ["readers", "staff"], serverRoles: ["pg_monitor"] },
      { ...login, name: "glaze", owned: 3, firstOwned: "sequence public.numbers" },
      {
        ...login,
        name: "postgres",
        isSuperuser: true,
        owned: 1,
        firstOwned: "table public.by_hand",
        sessions: 1,
      },
      { ...login, name: "readers", mayLogIn: false, memberOf: ["staff"], rights: 2 },
    ]);
    await inGlaze(pair, (client) => client.query("drop table by_hand; drop extension citext"));
  });

  test("who asks for the source need be no superuser", async () => {
    await using database = await openDatabase({
      ...pair.source.admin,
      database: "glaze",
      user: "glaze",
      password: PASSWORD,
    });
    const { roles = [] } = await readSourceFacts(database);
    assert.deepEqual(
      roles.map(({ name }) => name),
      ["clerk", "glaze", "readers"],
    );
  });

  test("those that this move made on the target are not among the taken, another move's are", async () => {
    const order = moveOrder(pair);
    await using source = await order.connect({ ...order.source.admin, database: "glaze" });
    await using admin = await order.connect(order.target.admin);
    await copyRoles(source, admin, runNames(order.id));
    const takenFor = async (id: string) => {
      const { roles = [] } = await readTargetFacts(admin, { database: "glaze" }, runNames(id));
      return roles.map(({ name, isProviders }) => `${name}${isProviders ? ", the provider's" : ""}`);
    };
    const providers = ["doadmin, the provider's", "postgres, the provider's"];
    assert.deepEqual(await takenFor(order.id), providers);
    assert.deepEqual((await takenFor("another")).toSorted(), [
      "clerk",
      "doadmin, the provider's",
      "glaze",
      "idle",
      "keeper",
      "postgres, the provider's",
      "readers",
      "staff",
    ]);
    await assertReady(order);
    const error = await refusal(assertReady({ ...order, id: "another" }));
    assert.deepEqual(
      error.problems.map(({ message }) => message.split(":")[0]),
      ["the role clerk of the source", "the role glaze of the source", "the role readers of the source"],
    );
    await admin.script(
      "drop role clerk; drop role glaze; drop role idle; drop role keeper; drop role readers; drop role staff",
    );
  });

  test("an application that logs in by the image's own superuser is refused, and moves when it has done what is said", async () => {
    await inGlaze(pair, async (client) => {
      await client.query(
        `alter table entries owner to postgres; alter table totals owner to postgres; alter sequence numbers owner to postgres;
         alter role postgres password ${client.escapeLiteral(PASSWORD.reveal())}`,
      );
      await assert.rejects(
        client.query("reassign owned by postgres to glaze"),
        /required by the database system/,
      );
    });
    const order = moveOrder(pair);
    const error = await refusal(carryOver(order));
    assert.deepEqual(
      error.problems.map(({ message }) => message),
      [
        "the role postgres of the source: the target has a role of that name, so neither its password nor what it owns here is carried over; in this database it owns 3 objects (sequence public.numbers, …).",
      ],
    );
    const said = error.problems[0]?.hint ?? "";
    await obey(pair, said);

    await carryOver(order);
    await using moved = await openDatabase({
      ...pair.target.admin,
      database: "glaze",
      user: "glaze_app",
      password: PASSWORD,
    });
    await moved.script(
      "insert into public.totals values (99, 1); alter table public.totals add column by_owner int",
    );
    await moved.script("alter table public.totals drop column by_owner");
    await bringBack(order);
  });
});

/** Runs the statements of a hint, each as the one who is said to. */
async function obey(pair: LabPair, said: string): Promise<void> {
  const found = /on the source: (CREATE ROLE helper [^;]+;) then as helper: (BEGIN; .*? COMMIT;)/.exec(said);
  assert.ok(found !== null, said);
  const [, first = "", then = ""] = found;
  const admin = await pair.source.superuser();
  await admin.query(first);
  await admin.end();
  const helper = new Client({ ...pair.source.server.superuser, user: "helper", database: "glaze" });
  await helper.connect();
  await helper.query(then);
  await helper.end();
  const again = await pair.source.superuser();
  await again.query("drop role helper");
  await again.end();
}

async function openClient(pair: LabPair): Promise<AsyncDisposable> {
  const client = await pair.source.superuser("glaze");
  return { [Symbol.asyncDispose]: () => client.end() };
}

async function refusal(deed: Promise<void>): Promise<OutgrowError> {
  const error = await deed.then(
    () => null,
    (thrown: OutgrowError) => thrown,
  );
  assert.equal(error?.code, "blocked", String(error));
  return error as OutgrowError;
}
