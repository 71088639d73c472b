import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { createGlaze, inGlaze, inMoved, labApplication } from "../../../lab/postgres/application.ts";
import { commitFaults } from "../../../lab/postgres/commits.ts";
import { leftovers } from "../../../lab/postgres/leftovers.ts";
import { moveOrder } from "../../../lab/postgres/move.ts";
import { type LabPair, startPair } from "../../../lab/postgres/pair.ts";
import { startWriters } from "../../../lab/postgres/writers.ts";
import type { TableCopy } from "../../model/progress.ts";
import { readTargetFacts } from "../preflight/targetFacts.ts";
import { runNames } from "../runNames.ts";
import { finish } from "./finish.ts";
import { bringBack, carryOver, observe } from "./move.ts";

const SCHEMA = `
  create table things (id int primary key, note text);
  insert into things select g, repeat(md5(g::text), 10) from generate_series(1, 200000) g;
`;

describe("where the administrator may subscribe through aiven_extras only", () => {
  let pair: LabPair;
  before(async () => {
    pair = await startPair({ from: 15, to: 17, hasAivenExtras: true });
  });
  after(() => pair[Symbol.asyncDispose]());
  beforeEach(() => createGlaze(pair, SCHEMA));

  test("it is told to, and the role alone may not", async () => {
    const { connect, target } = moveOrder(pair);
    await using admin = await connect(target.admin);
    const facts = await readTargetFacts(admin, { database: "glaze" }, runNames("lab1"));
    assert.equal(facts.maySubscribe, true);
    await assert.rejects(
      admin.script("create subscription s connection 'host=x' publication p with (connect = false)"),
      /permission denied/,
    );
  });

  test("moves while clients commit, tells how far the copy is, comes home and leaves nothing", async () => {
    const application = labApplication(pair);
    const copies: TableCopy[] = [];
    const order = moveOrder(pair, {
      application,
      tell: (news) => void (news.kind === "progress" && copies.push(...(news.tables ?? []))),
    });
    await using writers = startWriters({ endpoint: application.endpoint });
    await writers.more(50, "before");
    await carryOver(order);
    assert.deepEqual(await observe(order), { source: "closed", target: "open" });
    assert.ok(
      copies.some(
        ({ table, state, rows }) => table === "public.things" && state === "copying" && Number(rows) > 0,
      ),
      "no copy under way was told",
    );
    await writers.more(50, "on the target");
    await bringBack(order);
    await writers.more(50, "at home");
    const ledger = await writers.stop();
    assert.deepEqual(await commitFaults(pair, "source", ledger), []);
    assert.deepEqual(await inGlaze(pair, leftovers), []);
    const admin = await pair.target.superuser();
    assert.deepEqual(await leftovers(admin), []);
    await admin.end();
  });

  test("what stays on the target is whole, and the extension is gone", async () => {
    const order = moveOrder(pair);
    await carryOver(order);
    await finish(order);
    await inMoved(pair, async (client) => {
      assert.deepEqual(await leftovers(client), []);
      const { rows } = await client.query(
        "select (select count(*)::int from things) as things, (select count(*)::int from pg_extension where extname = 'aiven_extras') as extras",
      );
      assert.deepEqual(rows, [{ things: 200_000, extras: 0 }]);
    });
  });
});
