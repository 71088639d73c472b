import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import type { QueryResult } from "pg";
import { ADVERSARIAL_REST, ADVERSARIAL_SCHEMA } from "../../../lab/postgres/adversarial.ts";
import { createGlaze, inGlaze, inMoved, labApplication } from "../../../lab/postgres/application.ts";
import { commitFaults } from "../../../lab/postgres/commits.ts";
import { moveOrder } from "../../../lab/postgres/move.ts";
import { type LabPair, startPair } from "../../../lab/postgres/pair.ts";
import { startWriters } from "../../../lab/postgres/writers.ts";
import { waitFor } from "../../../lab/waitFor.ts";
import { bringBack, carryOver, observe } from "./move.ts";
import type { MoveOrder } from "./order.ts";

describe("the offline driver, from a source without logical replication", () => {
  let pair: LabPair;
  before(async () => {
    pair = await startPair({ from: 15, to: 17, sourceSettings: { wal_level: "replica" } });
    const admin = await pair.source.superuser();
    await admin.query("create role reader");
    await admin.end();
  });
  after(() => pair[Symbol.asyncDispose]());
  beforeEach(() => createGlaze(pair, ADVERSARIAL_SCHEMA + ADVERSARIAL_REST));

  test("holds writes, copies all of it, large objects too, and comes home with the new rows", async () => {
    await inGlaze(pair, (client) =>
      client.query(
        "set role glaze; select lo_from_bytea(4711, 'kiln'); grant select on large object 4711 to reader; reset role; select lo_from_bytea(0, '\\x00')",
      ),
    );
    const application = labApplication(pair);
    const offline = moveOrder(pair, { application, driver: "offline", holdLimitMs: 60_000 });
    const holdsSeconds: string[] = [];
    const order: MoveOrder = {
      ...offline,
      shell: (command) => {
        if (command.words.some((word) => word.includes(".time_is_over(")))
          holdsSeconds.push(command.words[6] ?? "");
        return offline.shell(command);
      },
    };
    await using writers = startWriters({ endpoint: application.endpoint, clients: 2 });
    await waitFor("commits", () => writers.count() > 10 || undefined);
    await carryOver(order);
    await writers.more(10, "on the target");
    for (const role of ["glaze", "reader"]) {
      const read = `set role ${role}; select lo_get(4711) as bytes`;
      const [, object] = (await inMoved(pair, (client) => client.query(read))) as unknown as QueryResult[];
      assert.equal(String(object?.rows[0].bytes), "kiln");
    }
    await bringBack(order);
    // Nothing is copied while writes are held on the way home.
    assert.deepEqual(holdsSeconds, ["60", "20"]);
    const ledger = await writers.stop();
    assert.deepEqual(await commitFaults(pair, "source", ledger), []);
  });

  test("a dump that breaks off leaves writes open and the source as it was", async () => {
    const real = moveOrder(pair, { driver: "offline" });
    // As if the pod went away in the middle: everything after the first part of the dump is lost.
    const order = moveOrder(pair, {
      driver: "offline",
      shell: (command) => {
        const isCopy = command.words.includes("--data-only");
        const words = command.words.map((word) => (word === "--data-only" ? "--nonsense" : word));
        return real.shell(isCopy ? { ...command, words } : command);
      },
    });
    await assert.rejects(carryOver(order), { code: "command", message: /^Copying the rows failed: / });
    assert.deepEqual(await observe(real), { source: "open", target: "closed" });
    await bringBack(real);
    assert.deepEqual(await observe(real), { source: null, target: null });
  });
});
