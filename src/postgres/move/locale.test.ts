import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createGlaze, inGlaze, inMoved } from "../../../lab/postgres/application.ts";
import { moveOrder } from "../../../lab/postgres/move.ts";
import { type LabPair, startPair } from "../../../lab/postgres/pair.ts";
import { startServer } from "../../../lab/postgres/server.ts";
import type { PostgresLocale } from "../../model/postgresFacts.ts";
import { findLocale, readLocale } from "../catalog/locale.ts";
import { openDatabase } from "../database.ts";
import { runNames } from "../runNames.ts";
import { createDatabase } from "../schema/prepareTarget.ts";
import { bringBack, carryOver } from "./move.ts";

const LIBC: PostgresLocale = { encoding: "UTF8", collate: "C.UTF-8", ctype: "C.UTF-8", provider: "libc" };

describe("the order of texts", () => {
  let pair: LabPair;
  before(async () => {
    pair = await startPair({ from: 15, to: 17 });
  });
  after(() => pair[Symbol.asyncDispose]());

  test("is the same on the new server, where ICU's rules give it", async () => {
    await createGlaze(
      pair,
      "",
      "",
      "locale_provider icu icu_locale 'sv-SE' encoding 'UTF8' lc_collate 'C' lc_ctype 'C.UTF-8'",
    );
    const letters =
      "create table letters (letter text primary key); insert into letters values ('z'), ('ä'), ('a'), ('o')";
    await inGlaze(pair, (client) => client.query(letters));
    const order = moveOrder(pair);
    await carryOver(order);
    const sorted = await inMoved(pair, (client) =>
      client.query("select string_agg(letter, '' order by letter) as all from public.letters"),
    );
    // In Swedish it is the last but one of all letters.
    assert.deepEqual(sorted.rows, [{ all: "aozä" }]);
    await using there = await openDatabase({ ...pair.target.admin, database: "glaze" });
    const { version: _, ...locale } = await readLocale(there);
    assert.deepEqual(locale, {
      encoding: "UTF8",
      collate: "C",
      ctype: "C.UTF-8",
      provider: "icu",
      locale: "sv-SE",
      rules: null,
    });
    await bringBack(order);
  });

  test("is the same on a server that sorts by other rules where nothing is said", async () => {
    await using server = await startServer({ major: 17, icuLocale: "sv-SE" });
    const open = (database: string) =>
      openDatabase({
        ...pair.target.admin,
        host: "127.0.0.1",
        port: server.port,
        database,
        user: "postgres",
        tls: { mode: "off" },
      });
    await createGlaze(pair);
    await using source = await openDatabase({ ...pair.source.admin, database: "glaze" });
    await using admin = await open("postgres");
    await createDatabase(admin, source, "glaze", runNames("lab1"));
    await using made = await open("glaze");
    assert.equal((await readLocale(admin)).provider, "icu");
    assert.equal((await readLocale(made)).provider, "libc");
  });

  test("is known to the target, however the system spells it, or is not", async () => {
    await using admin = await openDatabase(pair.target.admin);
    const isThere = async (locale: Partial<PostgresLocale>) =>
      (await findLocale(admin, { ...LIBC, ...locale })).isThere;
    assert.equal(await isThere({}), true);
    assert.equal(await isThere({ collate: "C.utf8" }), true);
    assert.equal(await isThere({ collate: "POSIX", ctype: "C" }), true);
    assert.equal(await isThere({ collate: "xx_XX.UTF-8" }), false);
    assert.equal(await isThere({ ctype: "xx_XX.UTF-8" }), false);
    assert.equal(await isThere({ provider: "icu", locale: "sv-SE" }), true);
    assert.equal(await isThere({ provider: "builtin", locale: "C.UTF-8" }), true);
  });
});
