import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { freePort } from "../../../lab/port.ts";
import { createGlaze, inGlaze } from "../../../lab/postgres/application.ts";
import { clientsOf } from "../../../lab/postgres/binaries.ts";
import { moveOrder } from "../../../lab/postgres/move.ts";
import { type LabPair, startPair } from "../../../lab/postgres/pair.ts";
import type { OutgrowError } from "../../model/error.ts";
import { Secret } from "../../model/secret.ts";
import { serverPrograms } from "../shell.ts";
import { carryOver, observe } from "./move.ts";
import type { MoveOrder } from "./order.ts";

describe("bad input is told in whole sentences and changes nothing", () => {
  let pair: LabPair;
  before(async () => {
    pair = await startPair({
      from: 15,
      to: 17,
      sourceSettings: { wal_level: "replica", max_prepared_transactions: "2" },
    });
  });
  after(() => pair[Symbol.asyncDispose]());
  beforeEach(() => createGlaze(pair));

  test("a wrong password, on either side", async () => {
    for (const side of ["source", "target"] as const) {
      const order = moveOrder(pair);
      const wrong = { ...order[side], admin: { ...order[side].admin, password: new Secret("no") } };
      const error = await refused({ ...order, [side]: wrong });
      assert.equal(error.code, "unauthorized");
      const { user, port } = order[side].admin;
      const database = side === "source" ? "glaze" : "postgres";
      assert.equal(
        error.message,
        `PostgreSQL (${database} at 127.0.0.1:${port}): password authentication failed for user "${user}"`,
      );
    }
  });

  test("a certificate of nobody we know", async () => {
    const order = moveOrder(pair);
    const admin = { ...order.target.admin, tls: { mode: "verify", name: "managed.example" } as const };
    assert.equal((await refused({ ...order, target: { ...order.target, admin } })).code, "tls");
  });

  test("a source without logical replication offers the restart and the offline driver", async () => {
    const error = await refused(moveOrder(pair));
    assert.equal(error.message, "One thing stands in the way of moving glaze. Nothing was changed.");
    assert.deepEqual(error.problems, [
      {
        message: "the source: wal_level = replica.",
        hint: "ALTER SYSTEM SET wal_level = 'logical'; then restart the pod (kubectl rollout restart statefulset/…): seconds without a database. Or take the offline driver, which needs no restart and a longer pause.",
      },
    ]);
  });

  test("a name that is taken, a table nothing names, a prepared transaction, a forced policy: all at once", async () => {
    await inGlaze(pair, async (client) => {
      await client.query(
        "create table nameless (a int); create table forced (a int primary key); alter table forced force row level security",
      );
      await client.query(
        "create role old_hand login; begin; create table x (a int primary key); prepare transaction 'waits'",
      );
    });
    const admin = await pair.target.superuser();
    await admin.query("create database glaze");
    await admin.query("alter role doadmin nobypassrls");
    const error = await refused(moveOrder(pair)).finally(async () => {
      await admin.query("drop database glaze");
      await admin.query("alter role doadmin bypassrls");
      await admin.end();
      await inGlaze(pair, (client) => client.query("rollback prepared 'waits'"));
    });
    assert.deepEqual(
      error.problems.map(({ message }) => message),
      [
        "the database glaze on the target: it exists already, and this move did not make it.",
        "the database glaze: prepared transactions wait: waits.",
        "the tables public.forced: FORCE ROW LEVEL SECURITY hides rows even from their owner, and the target's administrator may not bypass it.",
        "the source: wal_level = replica.",
        "the tables public.nameless: nothing names a row of theirs; publishing them would make the application's UPDATE and DELETE fail on the source at once.",
      ],
    );
  });

  test("a target that the old server's pod does not reach, though this computer does", async () => {
    const order = moveOrder(pair, { driver: "offline" });
    const port = await freePort();
    const programs = serverPrograms([], { folder: clientsOf(15), host: "127.0.0.1", port });
    const { dial } = order.target;
    const target = { ...order.target, programs, dial: { ...dial, port } };
    const { problems } = await refused({ ...order, target });
    assert.deepEqual(problems.length, 1);
    assert.match(
      problems[0]?.message ?? "",
      new RegExp(
        `^the way from the old server to the new one: psql beside the old one does not reach 127\\.0\\.0\\.1:${port}: .*Is the server running on that host`,
      ),
    );
    // A move without a way back is carried by the target's own connection to the source.
    const streamed = await refused({ ...order, target, driver: "subscription", canReturn: false });
    assert.deepEqual(
      streamed.problems.map(({ message }) => message),
      ["the source: wal_level = replica."],
    );
  });

  test("a target that is older than the source", async () => {
    const order = moveOrder(pair);
    const turned = { ...order, source: order.target, target: order.source, database: "postgres" };
    const error = await refused(turned);
    assert.equal(error.problems[0]?.message, "the target: PostgreSQL 15, the source is 17.");
  });
});

/** What it said; afterwards neither server knows of the move. */
async function refused(order: MoveOrder): Promise<OutgrowError> {
  const error = await carryOver(order).then(
    () => null,
    (thrown: OutgrowError) => thrown,
  );
  assert.ok(error !== null, "it went through");
  const known = await observe(order).catch(() => null);
  assert.ok(known === null || known.source === null);
  return error;
}
