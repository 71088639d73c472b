import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type LabPair, startPair } from "../../../lab/postgres/pair.ts";
import { waitFor } from "../../../lab/waitFor.ts";
import { openDatabase } from "../database.ts";
import { restoreEntry } from "./restore.ts";

const INDEX = { kind: "INDEX", name: "by_glaze", sql: "create index by_glaze on ours.pots (glaze)" };
const UNIQUE = { kind: "INDEX", name: "one", sql: "create unique index one on ours.pots (glaze)" };

describe("an entry that is restored", () => {
  let pair: LabPair;
  before(async () => {
    pair = await startPair({ from: 15, to: 17 });
    const admin = await pair.target.superuser();
    await admin.query("create schema ours authorization doadmin");
    await admin.end();
  });
  after(() => pair[Symbol.asyncDispose]());

  test("may be under way in a session that an attempt which died has left", async () => {
    await using left = await openDatabase(pair.target.admin);
    await using ours = await openDatabase(pair.target.admin);
    await left.script("create table ours.pots (glaze text)");
    await left.script(`begin; ${INDEX.sql}`);
    const restoring = restoreEntry(ours, INDEX);
    const waiting = () => left.query("select from pg_locks where not granted");
    await waitFor("somebody who waits", async () => (await waiting()).length > 0 || undefined);
    await left.script("commit");
    await restoring;
    await left.script("insert into ours.pots values ('celadon'), ('celadon')");
    await assert.rejects(restoreEntry(ours, UNIQUE), /could not create unique index/);
  });
});
