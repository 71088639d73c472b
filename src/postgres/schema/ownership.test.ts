import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createGlaze, inGlaze } from "../../../lab/postgres/application.ts";
import { moveOrder } from "../../../lab/postgres/move.ts";
import { type LabPair, startPair } from "../../../lab/postgres/pair.ts";
import { waitFor } from "../../../lab/waitFor.ts";
import { recordScript } from "../fence/record.ts";
import { runNames } from "../runNames.ts";
import { copyRights } from "./ownership.ts";

const TABLES = "create table kilns (id int); create table pots (id int);";

describe("whose everything is", () => {
  let pair: LabPair;
  before(async () => {
    pair = await startPair({ from: 15, to: 17 });
    await createGlaze(pair, `${TABLES} revoke connect on database glaze from public`);
    await inGlaze(pair, (client) => client.query("drop table entries, totals; drop sequence numbers"));
  });
  after(() => pair[Symbol.asyncDispose]());

  test("is carried while rows come in, by somebody who locks tables in the other order", async () => {
    const { id, connect, source, target } = moveOrder(pair);
    const names = runNames(id);
    await using admin = await connect(target.admin);
    await admin.script("create database glaze");
    await admin.script(`create role "${names.role}" login`);
    const there = { ...target.admin, database: "glaze" };
    await using moved = await connect(there);
    await moved.script(
      `set search_path = public; ${TABLES} set search_path = ''; ${recordScript(names, "closed")}`,
    );
    await using applying = await connect(there);
    await applying.script("begin; lock table public.pots in row exclusive mode");

    await using from = await connect({ ...source.admin, database: "glaze" });
    const carrying = copyRights(
      { order: { database: "glaze" }, names, source: from, target: moved },
      "whole",
    );
    const waiting = () => admin.query("select from pg_locks where not granted");
    await waitFor("somebody who waits for a lock", async () => (await waiting()).length > 0 || undefined);
    await applying.script("lock table public.kilns in row exclusive mode; commit");
    await carrying;

    const owners =
      "select relname, relowner::regrole::text as owner from pg_class where relname in ('kilns', 'pots') order by 1";
    assert.deepEqual(await moved.query(owners), [
      { relname: "kilns", owner: "glaze" },
      { relname: "pots", owner: "glaze" },
    ]);
  });
});
