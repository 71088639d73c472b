import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createGlaze, inGlaze } from "../../../lab/postgres/application.ts";
import { type LabPair, startPair } from "../../../lab/postgres/pair.ts";
import { openDatabase } from "../database.ts";
import { canPublishChanges, readTables } from "./tables.ts";

const SCHEMA = `
  create table ordinary (id int primary key);
  create table deferred (id int primary key deferrable initially deferred);
  create table deferred_full (id int primary key deferrable);
  alter table deferred_full replica identity full;`;

describe("what names a row", () => {
  let pair: LabPair;
  before(async () => {
    pair = await startPair();
    await createGlaze(pair, SCHEMA);
  });
  after(() => pair[Symbol.asyncDispose]());

  test("is no key that is deferrable: the server refuses the application's UPDATE, and so it says here", async () => {
    await using database = await openDatabase({ ...pair.source.admin, database: "glaze" });
    const tables = (await readTables(database)).filter(({ name }) => /ordinary|deferred/.test(name));
    const said = tables.map((table) => [
      table.name,
      table.key?.map(({ name }) => name) ?? null,
      canPublishChanges(table),
    ]);
    assert.deepEqual(said, [
      ["deferred", null, false],
      ["deferred_full", null, true],
      ["ordinary", ["id"], true],
    ]);
    await inGlaze(pair, async (client) => {
      await client.query(
        "insert into ordinary values (1); insert into deferred values (1); insert into deferred_full values (1)",
      );
      await client.query("create publication everything for all tables");
      for (const [name, , isPublishable] of said) {
        const update = client.query(`update ${name} set id = 2`);
        await (isPublishable ? update : assert.rejects(update, /does not have a replica identity/));
      }
    });
  });
});
