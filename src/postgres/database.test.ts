import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startFaultyProxy } from "../../lab/faultyProxy.ts";
import { type LabPair, startPair } from "../../lab/postgres/pair.ts";
import { openDatabase } from "./database.ts";
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

  test("ends the wait when the server says that the question is answered", async () => {
    await using proxy = await startFaultyProxy({ port: pair.source.server.port });
    const session = await openDatabase(through(proxy.port), ASK_AFTER_MS);
    const waiting = assert.rejects(session.query("select pg_sleep(0.2)"), { code: "unreachable" });
    proxy.stallAll();
    await waiting;
    await session[Symbol.asyncDispose]();
  });
});
