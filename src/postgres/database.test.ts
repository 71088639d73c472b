import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { startFaultyProxy } from "../../lab/faultyProxy.ts";
import { type LabPair, startPair } from "../../lab/postgres/pair.ts";
import { type Database, despiteDeadlocks, inTransaction, oneByOne, openDatabase } from "./database.ts";
import type { Endpoint } from "./endpoint.ts";

const ASK_AFTER_MS = 150;

describe("a session whose answer takes long", () => {
  let pair: LabPair;
  before(async () => {
    pair = await startPair({ from: 15, to: 17 });
  });
  after(() => pair[Symbol.asyncDispose]());

  const through = (port: number): Endpoint => ({ ...pair.source.admin, host: "127.0.0.1", port });

  test("waits while the server is at work", async () => {
    await using session = await openDatabase(pair.source.admin, ASK_AFTER_MS);
    assert.deepEqual(await session.query("select 1 as one from pg_sleep(1.5)"), [{ one: 1 }]);
  });

  test("waits while the server is at work and lets nobody else in", async () => {
    const admin = await pair.source.superuser();
    await using session = await openDatabase(pair.source.admin, ASK_AFTER_MS);
    try {
      await admin.query(`alter role ${admin.escapeIdentifier(pair.source.admin.user)} nologin`);
      assert.deepEqual(await session.query("select 1 as one from pg_sleep(1.5)"), [{ one: 1 }]);
    } finally {
      await admin.query(`alter role ${admin.escapeIdentifier(pair.source.admin.user)} login`);
      await admin.end();
    }
  });

  test("ends the wait when the way is dead", async () => {
    await using proxy = await startFaultyProxy({ port: pair.source.server.port });
    const session = await openDatabase(through(proxy.port), ASK_AFTER_MS);
    const waiting = assert.rejects(session.query("select pg_sleep(600)"), {
      code: "unreachable",
      message: /Connection terminated/,
    });
    proxy.stallAll();
    proxy.plan({ kind: "refuse" });
    await waiting;
    await session[Symbol.asyncDispose]();
  });

  test("ends the wait for the answer to its first words too, and for a farewell", async () => {
    await using proxy = await startFaultyProxy({ port: pair.source.server.port });
    // After the log-in, and before all of that answer.
    proxy.plan({ kind: "stall", afterBytes: 700 }, 1);
    await assert.rejects(openDatabase(through(proxy.port), ASK_AFTER_MS), {
      code: "unreachable",
      message: /Connection terminated: the way to the server is dead/,
    });
    const session = await openDatabase(through(proxy.port), ASK_AFTER_MS);
    proxy.stallAll();
    await session[Symbol.asyncDispose]();
  });

  test("ends the wait when the server says that the question is answered", async () => {
    await using proxy = await startFaultyProxy({ port: pair.source.server.port });
    const session = await openDatabase(through(proxy.port), ASK_AFTER_MS);
    const waiting = assert.rejects(session.query("select pg_sleep(0.2)"), { code: "unreachable" });
    proxy.stallAll();
    await waiting;
    await session[Symbol.asyncDispose]();
  });
});

test("limits of the server do not end a session of ours, those of newer servers too", async () => {
  await using pair = await startPair({ from: 15, to: 17 });
  const admin = await pair.target.superuser();
  for (const limit of ["idle_session_timeout", "transaction_timeout", "statement_timeout"])
    await admin.query(`alter role ${pair.target.admin.user} set ${limit} = '300ms'`);
  await admin.end();
  await using session = await openDatabase(pair.target.admin);
  await sleep(600);
  await session.script("begin; select pg_sleep(0.6); commit");
  await using older = await openDatabase(pair.source.admin);
  assert.deepEqual(await older.query("show idle_session_timeout"), [{ idle_session_timeout: "0" }]);
});

test("a session of ours has no question compiled", async () => {
  await using pair = await startPair({ from: 15, to: 17 });
  const admin = await pair.source.superuser();
  const { rows: usual } = await admin.query("show jit");
  await admin.end();
  await using session = await openDatabase(pair.source.admin);
  assert.deepEqual([usual, await session.query("show jit")], [[{ jit: "on" }], [{ jit: "off" }]]);
});

describe("two who wait for each other", () => {
  let pair: LabPair;
  before(async () => {
    pair = await startPair({ from: 15, to: 17 });
  });
  after(() => pair[Symbol.asyncDispose]());

  test("go on one after the other", async () => {
    await using one = await openDatabase(pair.source.admin);
    await using other = await openDatabase(pair.source.admin);
    await one.script("create table public.a (who text); create table public.b (who text)");
    const deadlocks: string[] = [];
    const lockBoth = (session: Database, who: string, tables: readonly [string, string]) =>
      despiteDeadlocks(async () => {
        deadlocks.push(who);
        await inTransaction(session, async () => {
          await session.script(`lock table public.${tables[0]}; select pg_sleep(0.3)`);
          await session.script(`lock table public.${tables[1]}; insert into public.a values ('${who}')`);
        });
      });
    await Promise.all([lockBoth(one, "one", ["a", "b"]), lockBoth(other, "other", ["b", "a"])]);
    assert.deepEqual(await one.query("select who from public.a order by 1"), [
      { who: "one" },
      { who: "other" },
    ]);
    assert.ok(deadlocks.length > 2, "nobody waited for the other");
  });

  test("what fails stops there, and what came before stays", async () => {
    await using session = await openDatabase(pair.source.admin);
    const statements = ["create table public.c ()", "select 1 / 0", "create table public.d ()"];
    await assert.rejects(oneByOne(session, statements), /division by zero/);
    const there = await session.query("select relname as name from pg_class where relname in ('c', 'd')");
    assert.deepEqual(there, [{ name: "c" }]);
  });
});
