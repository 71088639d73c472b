import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type LabServer, startServer } from "../../../lab/postgres/server.ts";
import { Secret } from "../../model/secret.ts";
import { readTables, type Table } from "../catalog/tables.ts";
import { type Database, openDatabase } from "../database.ts";
import { quoteQualified } from "../quote.ts";
import { createSlot } from "../replication/slot.ts";
import { runNames } from "../runNames.ts";
import { createToucher, readTouched, type Touched } from "./touched.ts";

const NAMES = runNames("lab1");

describe("the touched rows", () => {
  let server: LabServer;
  before(async () => {
    server = await startServer({ settings: { wal_level: "logical" } });
  });
  after(() => server[Symbol.asyncDispose]());

  const open = () =>
    openDatabase({
      host: "127.0.0.1",
      port: server.port,
      database: "postgres",
      user: "postgres",
      password: new Secret("any"),
      tls: { mode: "off" },
    });

  /** A table, its publication, and a slot that begins there. */
  async function follow(
    database: Database,
    name: string,
    columns: string,
  ): Promise<ReadonlyMap<string, Table>> {
    await database.script(
      `create table public.${name} (${columns}); create publication pub_${name} for table public.${name}`,
    );
    await createSlot(database, NAMES.touched);
    return new Map((await readTables(database)).map((table) => [quoteQualified(table), table]));
  }

  test("are read in small parts however long a row is, and each is known by its key", async () => {
    await using database = await open();
    const tables = await follow(database, "long", "payload text, id int primary key");
    await database.script(`
      insert into public.long select repeat(md5(g::text), 32 * 1024 * (g % 2)), g from generate_series(1, 40) g;
      insert into public.long select string_agg('x', ''), -n from generate_series(4000, 4200) n, generate_series(1, n) group by n;
      delete from public.long where id = 3`);
    const touched: Touched = new Map();
    const { measured, bytes } = measure(database);
    const { changes } = await readTouched(measured, NAMES, "pub_long", tables, touched);
    const ids = [...Array.from({ length: 40 }, (_, at) => at + 1), ...idsBelow(-4200, -4000)];
    assert.deepEqual(touched, new Map([['"public"."long"', new Set(ids.map((id) => `["${id}"]`))]]));
    assert.equal(changes, 242);
    const mostBytes = Math.max(...bytes);
    assert.ok(mostBytes > 1e6 && mostBytes < 3e6, `${mostBytes} bytes at once`);
  });

  test("of a row too long to be taken in only its table is known", async () => {
    await using database = await open();
    const tables = await follow(database, "huge", "id int primary key, payload text");
    await database.script(`insert into public.huge values (1, repeat('x', 7000000));
      insert into public.huge values (2, repeat('x', 9000000)), (3, 'x')`);
    const touched: Touched = new Map();
    const { measured, bytes } = measure(database);
    assert.equal((await readTouched(measured, NAMES, "pub_huge", tables, touched)).changes, 3);
    assert.deepEqual(touched, new Map([['"public"."huge"', "all"]]));
    const allBytes = bytes.reduce((sum, each) => sum + each, 0);
    assert.ok(allBytes > 7e6 && allBytes < 8e6, `${allBytes} bytes`);
  });

  test("are taken off the slot in bites of whole transactions", async () => {
    await using database = await open();
    const tables = await follow(database, "busy", "id int primary key");
    for (let at = 0; at < 6; at++)
      await database.script(
        `insert into public.busy select generate_series(${at * 20_000 + 1}, ${(at + 1) * 20_000})`,
      );
    let bites = 0;
    const counted: Database = {
      ...database,
      script(sql) {
        if (sql.startsWith("declare")) bites++;
        return database.script(sql);
      },
    };
    const { changes } = await readTouched(counted, NAMES, "pub_busy", tables, new Map());
    assert.deepEqual({ changes, bites }, { changes: 120_000, bites: 3 });
  });

  test("are those of what was written before: what comes while they are read is for the next reading", async () => {
    await using database = await open();
    const tables = await follow(database, "busier", "id int primary key");
    await using other = await open();
    let written = 0;
    const write = () =>
      other.script(
        `insert into public.busier select generate_series(${written * 60_000 + 1}, ${++written * 60_000})`,
      );
    await write();
    const busy: Database = {
      ...database,
      async script(sql) {
        if (sql.startsWith("declare") && written < 5) await write();
        return database.script(sql);
      },
    };
    assert.equal((await readTouched(busy, NAMES, "pub_busier", tables, new Map())).changes, 60_000);
  });

  test("are so many at most over all tables: the table with most of them is compared as a whole", () => {
    const touched: Touched = new Map([["before", new Set(["[0]"])]]);
    const touch = createToucher(touched);
    const touchSome = (table: string, keys: number) => {
      for (let key = 0; key < keys; key++) touch(table, `["${key % 45_000}"]`);
    };
    touchSome("a", 30_000);
    touchSome("b", 90_000);
    touchSome("c", 24_999);
    assert.deepEqual(sizesOf(touched), { before: 1, a: 30_000, b: 45_000, c: 24_999 });
    touchSome("d", 1);
    assert.deepEqual(sizesOf(touched), { before: 1, a: 30_000, b: "all", c: 24_999, d: 1 });
    touch("a", null);
    for (let key = 0; key < 50_001; key++) touch("e", `[${key}]`);
    touchSome("f", 45_000);
    assert.deepEqual(sizesOf(touched), {
      before: 1,
      a: "all",
      b: "all",
      c: 24_999,
      d: 1,
      e: "all",
      f: 45_000,
    });
  });
});

/** The same session, and how many bytes of messages each of its answers had. */
function measure(database: Database) {
  const bytes: number[] = [];
  const measured: Database = {
    ...database,
    query: async <Row extends object>(sql: string, values?: readonly unknown[]) => {
      const rows = await database.query<Row>(sql, values);
      bytes.push(rows.reduce((sum, row) => sum + ("part" in row ? (row.part as Buffer).length : 0), 0));
      return rows;
    },
  };
  return { measured, bytes };
}

function idsBelow(first: number, last: number): readonly number[] {
  return Array.from({ length: last - first + 1 }, (_, at) => first + at);
}

function sizesOf(touched: Touched): Readonly<Record<string, number | "all">> {
  return Object.fromEntries([...touched].map(([table, keys]) => [table, keys === "all" ? keys : keys.size]));
}
