import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import {
  createGlaze,
  inClosed,
  inGlaze,
  inMoved,
  labApplication,
} from "../../../lab/postgres/application.ts";
import { commitFaults } from "../../../lab/postgres/commits.ts";
import { whenIn } from "../../../lab/postgres/interposed.ts";
import { keepLedger } from "../../../lab/postgres/keepLedger.ts";
import { moveOrder } from "../../../lab/postgres/move.ts";
import { type LabPair, startPair } from "../../../lab/postgres/pair.ts";
import { startWriters } from "../../../lab/postgres/writers.ts";
import { bringBack, carryOver, observe } from "./move.ts";
import type { Phase } from "./news.ts";

const SCHEMA = `
  create table pots (id int primary key, glaze text);
  insert into pots select g, 'glaze ' || g from generate_series(1, 1000) g;
  create table seeds (id int primary key, name text);
  insert into seeds values (1, 'oats');
`;

describe("a migration in the middle of a move", () => {
  let pair: LabPair;
  before(async () => {
    pair = await startPair({ from: 15, to: 17 });
  });
  after(() => pair[Symbol.asyncDispose]());
  beforeEach(() => createGlaze(pair, SCHEMA));

  describe("while rows go over", () => {
    keepLedger(() => pair);
    const cases: readonly {
      readonly name: string;
      readonly phase: Phase;
      readonly sql: string;
      readonly says: string;
    }[] = [
      {
        name: "a column more, while rows are copied",
        phase: "copying",
        sql: "alter table pots add column weight int; update pots set weight = 1 where id = 1",
        says: "column public.pots.weight is missing in the copy",
      },
      {
        name: "a column more, when all rows are there",
        phase: "ready",
        sql: "alter table pots add column weight int; update pots set weight = 1 where id = 1",
        says: "column public.pots.weight is missing in the copy",
      },
      {
        name: "a column more, just before writes are held",
        phase: "fence",
        sql: "alter table pots add column weight int; update pots set weight = 1 where id = 1",
        says: "column public.pots.weight is missing in the copy",
      },
      {
        name: "a column less, just before writes are held",
        phase: "fence",
        sql: "alter table pots drop column glaze; insert into pots values (0)",
        says: "column public.pots.glaze is only in the copy",
      },
      {
        name: "a table by another name",
        phase: "ready",
        sql: "alter table pots rename to vessels; update vessels set glaze = 'ash' where id = 1",
        says: "column public.vessels.glaze is missing in the copy; column public.vessels.id is missing in the copy",
      },
    ];
    for (const { name, phase, sql, says } of cases) {
      test(`${name}, ends it and is named`, async () => {
        const order = moveOrder(pair);
        const migrate = async () => {
          await inGlaze(pair, (client) => client.query(`set role glaze; ${sql}`));
        };
        const began = performance.now();
        await assert.rejects(carryOver(whenIn(phase, order, migrate)), {
          code: "drift",
          message: `The schema of glaze at 127.0.0.1:${pair.source.server.port} was changed during the move: ${says}.`,
          hint: /^Nothing was changed on the old server, which serves on\. .* outgrow undo, and start again\.$/,
        });
        // A row that cannot come is not waited for until the time of the hold is over.
        assert.ok(performance.now() - began < order.holdLimitMs);
        assert.equal((await observe(order)).source, "open");
        await bringBack(order);
      });
    }
  });

  test("after the switch, it is asked for on the old server before anything is held, and comes home with its rows", async () => {
    const application = labApplication(pair);
    const order = moveOrder(pair, { application });
    await using writers = startWriters({ endpoint: application.endpoint, clients: 2 });
    await carryOver(order);
    const columns = "alter table pots add column weight int;";
    const tables =
      "drop table seeds; create table seeds (id int primary key, name text); create table kilns (id serial primary key, name text, pot int references pots);";
    const policies =
      "alter table kilns enable row level security; create policy own on kilns using (name <> 'north');";
    await inMoved(pair, (client) =>
      client.query(
        `set role glaze; ${columns} ${tables} ${policies} grant all on kilns to public;
         update pots set weight = id; insert into kilns (name, pot) values ('north', 1), ('south', 2); insert into seeds values (7, 'flax')`,
      ),
    );
    const phases: Phase[] = [];
    const tell: typeof order.tell = (news) => {
      if (news.kind === "phase") phases.push(news.phase);
    };
    const refused = (error: { readonly code: string; readonly message: RegExp; readonly hint?: RegExp }) =>
      assert.rejects(bringBack({ ...order, tell }), error);
    await refused({
      code: "verify",
      message:
        /^The schema is not the same: .*column public\.kilns\.id is missing in the copy; .*column public\.pots\.weight is missing in the copy/,
      hint: /the old server needs the same change, without its rows, .*psql --username outgrow_\w+ --dbname glaze, there SET ROLE to the owner/,
    });
    assert.deepEqual(await observe(order), { source: "closed", target: "open" });
    await writers.more(10, "on the target still");

    const onOld = (sql: string) =>
      inClosed(pair, order.id, (client) => client.query(`set search_path = public; ${sql}`));
    await onOld(`${columns} ${tables} ${policies} insert into kilns (name) values ('north')`);
    // Made as the move's own role, it would go with that.
    await refused({
      code: "verify",
      message:
        /^The rights are not the same: owner of table public\.kilns is "glaze", in the copy "the role of the move"; /,
    });
    await onOld(
      "alter table kilns owner to glaze; alter table seeds owner to glaze; grant all on kilns to public",
    );
    await refused({
      code: "blocked",
      message: /^The new table public\.kilns has rows on glaze at .* already\.$/,
      hint: /DELETE FROM ONLY public\.kilns;/,
    });
    assert.deepEqual(phases, []);
    await onOld("set session_replication_role = replica; delete from only public.kilns");
    await bringBack(order);
    const ledger = await writers.stop();
    assert.deepEqual(await commitFaults(pair, "source", ledger), []);
    await inGlaze(pair, async (client) => {
      const { rows } = await client.query(
        `select (select count(*)::int from pots where weight = id) as pots, (select array_agg(name order by id) from kilns) as kilns,
           (select array_agg(name) from seeds) as seeds, nextval('kilns_id_seq')::int as next`,
      );
      assert.deepEqual(rows, [{ pots: 1000, kilns: ["north", "south"], seeds: ["flax"], next: 3 }]);
    });
  });

  test("one that the application runs by itself on the new server is not told as one that ended the move", async () => {
    const order = moveOrder(pair);
    const pointAt = async () => {
      await inMoved(pair, (client) => client.query("set role glaze; alter table pots add column weight int"));
      throw new Error("a rollout that does not come up");
    };
    await assert.rejects(carryOver({ ...order, application: { pointAt } }), {
      message: "a rollout that does not come up",
    });
    assert.deepEqual(await observe(order), { source: "closed", target: "open" });
    await inMoved(pair, (client) => client.query("alter table pots drop column weight"));
    await bringBack(order);
  });

  test("a new table whose rows nothing names is not taken for one that came home", async () => {
    const order = moveOrder(pair);
    await carryOver(order);
    const made = "create table notes (line text)";
    await inMoved(pair, (client) =>
      client.query(`set role glaze; ${made}; insert into notes values ('one')`),
    );
    await inClosed(pair, order.id, (client) =>
      client.query(`set search_path = public; set role glaze; ${made}`),
    );
    await assert.rejects(bringBack(order), {
      code: "blocked",
      message: "The new table public.notes has nothing to name its rows by.",
    });
    assert.deepEqual(await observe(order), { source: "closed", target: "open" });
    for (const on of [
      inMoved.bind(null, pair),
      <T>(deed: Parameters<typeof inClosed<T>>[2]) => inClosed(pair, order.id, deed),
    ])
      await on((client) => client.query("alter table public.notes replica identity full"));
    await bringBack(order);
    await inGlaze(pair, async (client) => {
      assert.deepEqual((await client.query("select line from notes")).rows, [{ line: "one" }]);
    });
  });
});
