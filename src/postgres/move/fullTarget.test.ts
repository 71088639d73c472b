import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { createGlaze, inGlaze, labApplication } from "../../../lab/postgres/application.ts";
import { commitFaults } from "../../../lab/postgres/commits.ts";
import { leftovers } from "../../../lab/postgres/leftovers.ts";
import { moveOrder } from "../../../lab/postgres/move.ts";
import { type LabPair, startPair } from "../../../lab/postgres/pair.ts";
import { startWriters } from "../../../lab/postgres/writers.ts";
import { waitFor } from "../../../lab/waitFor.ts";
import type { OutgrowError } from "../../model/error.ts";
import { bringBack, carryOver, observe } from "./move.ts";
import type { MoveNews } from "./news.ts";
import type { MoveOrder } from "./order.ts";

/** Three databases are on it from the start, a fourth comes, and then there is no room for the rows. */
const TARGET_MIB = 48;

const SCHEMA = `
  create table bulk (id int primary key, note text);
  insert into bulk select g, repeat(md5(g::text), 4) from generate_series(1, 150000) g;
`;

describe("a target whose disk is full in the middle of the copy", () => {
  let pair: LabPair;
  before(async () => {
    // A worker that failed tries again at once: nobody waits for it here.
    const targetSettings = { wal_retrieve_retry_interval: "200ms" };
    pair = await startPair({ from: 15, to: 17, targetMib: TARGET_MIB, targetSettings });
  });
  after(() => pair[Symbol.asyncDispose]());
  beforeEach(() => createGlaze(pair, SCHEMA));

  test("while it is followed: says at the first failure that the disk is full, and walks back clean under writes", async () => {
    const { error, news } = await failUnderWrites("subscription");
    assert.equal(error.code, "database");
    assert.match(
      error.message,
      /^The subscription on glaze at 127.0.0.1:\d+ failed \d+ times; \d of \d tables are copied: its disk is full\.$/,
    );
    assert.equal(error.hint, "Free some space there, or take a larger plan; then run it again.");
    const failures = news.filter((text) => text.includes("failed"));
    assert.match(
      failures[0] ?? "",
      /^\d\/\d tables copied · .*failed (once|2 times) on the target: its disk is full$/,
    );
  });

  test("while nobody writes: says that the disk is full, lets writes go on at once, and walks back clean", async () => {
    const { error } = await failUnderWrites("offline");
    assert.match(`${error.message} ${error.hint}`, /No space left on device/);
  });

  async function failUnderWrites(driver: MoveOrder["driver"]) {
    const application = labApplication(pair);
    const news: string[] = [];
    const tell = (each: MoveNews) => void (each.kind === "progress" && news.push(each.text));
    const order = moveOrder(pair, { driver, application, tell });
    await using writers = startWriters({ endpoint: application.endpoint, clients: 2 });
    await waitFor("commits", () => writers.count() > 10 || undefined);
    const error = await carryOver(order).then(
      () => null,
      (thrown: OutgrowError) => thrown,
    );
    assert.ok(error !== null, "it went through");
    assert.equal((await observe(order)).source, "open");
    await writers.more(5, "after it failed");
    await bringBack(order);
    const ledger = await writers.stop();
    assert.deepEqual(await commitFaults(pair, "source", ledger), []);
    assert.deepEqual(await inGlaze(pair, leftovers), []);
    const admin = await pair.target.superuser();
    try {
      assert.deepEqual(await leftovers(admin), []);
      assert.deepEqual((await admin.query("select from pg_database where datname = 'glaze'")).rows, []);
    } finally {
      await admin.end();
    }
    return { error, news };
  }
});
