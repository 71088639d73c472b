import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { clientsOf } from "../../../lab/postgres/binaries.ts";
import { moveOrder } from "../../../lab/postgres/move.ts";
import { type LabPair, startPair } from "../../../lab/postgres/pair.ts";
import type { OutgrowError } from "../../model/error.ts";
import { quoteName } from "../quote.ts";
import { bringBack, carryOver } from "./move.ts";

/** Taken for a connection string by whoever does not look. */
const DATABASE = `host=gl aze "x" 'y' \\z $HOME %s`;
const OWNER = `o'wner "r" \\ $1`;

describe("names of a database and its owner that mean something else to programs", () => {
  let pair: LabPair;
  before(async () => {
    pair = await startPair({ from: 15, to: 17 });
    const admin = await pair.source.superuser();
    await admin.query(`create role ${quoteName(OWNER)} login password 'any'`);
    await admin.query(`create database ${quoteName(DATABASE)} owner ${quoteName(OWNER)}`);
    await admin.end();
    const client = await pair.source.superuser(DATABASE);
    await client.query(
      "create table pots (id serial primary key, glaze text); insert into pots (glaze) values ('ash')",
    );
    await client.query(
      `alter table pots owner to ${quoteName(OWNER)}; alter role ${quoteName(OWNER)} in database ${quoteName(DATABASE)} set work_mem = '7MB'`,
    );
    await client.end();
  });
  after(() => pair[Symbol.asyncDispose]());

  for (const driver of ["subscription", "offline"] as const) {
    test(`by ${driver}, there and back`, async () => {
      const order = moveOrder(pair, { database: DATABASE, driver });
      await carryOver(order);
      const there = await pair.target.superuser(DATABASE);
      const { rows } = await there.query(
        "select glaze, tableowner as owner from public.pots, pg_tables where tablename = 'pots'",
      );
      await there.query("insert into public.pots (glaze) values ('tenmoku')");
      await there.end();
      assert.deepEqual(rows[0], { glaze: "ash", owner: OWNER });
      await bringBack(order);
      const back = await pair.source.superuser(DATABASE);
      const home = await back.query("delete from public.pots where glaze = 'tenmoku'");
      await back.end();
      assert.equal(home.rowCount, 1);
    });
  }

  test("when the target is lost, what opens the source again is a command that a shell takes as it stands", async () => {
    const order = moveOrder(pair, { database: DATABASE, canReturn: false });
    await carryOver(order);
    const admin = await pair.target.superuser();
    await admin.query(`drop database ${quoteName(DATABASE)} with (force)`);
    await admin.end();
    const error = await bringBack(order).then(
      () => assert.fail("it went through"),
      (thrown: OutgrowError) => thrown,
    );
    assert.equal(error.code, "not-found");
    const [, command = ""] =
      /^If the source is to serve as it is, run beside it: (psql .+)$/s.exec(error.hint ?? "") ?? [];
    await assert.rejects(pair.source.superuser(DATABASE), /not permitted to log in/);
    const { host, port } = pair.source.server.superuser;
    const path = `${clientsOf(pair.source.server.major)}:${process.env.PATH}`;
    const env = { PATH: path, PGHOST: host, PGPORT: String(port) };
    await promisify(execFile)("sh", ["-c", command], { env });
    const opened = await pair.source.superuser(DATABASE);
    await opened.end();
    await bringBack(order);
  });
});
