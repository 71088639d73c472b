import assert from "node:assert/strict";
import { afterEach, beforeEach } from "node:test";
import { labApplication } from "./application.ts";
import { commitFaults } from "./commits.ts";
import type { LabPair } from "./pair.ts";
import { startWriters, type Writers } from "./writers.ts";

/**
 * For tests that end where they began: clients commit through each of them, knock where they are shut out, and in the end each of
 * their commits is looked for. After what makes the database.
 */
export function keepLedger(pair: () => LabPair): void {
  let writers: Writers | null = null;
  beforeEach(() => {
    writers = startWriters({ endpoint: labApplication(pair()).endpoint, clients: 2 });
  });
  afterEach(async () => {
    await using all = writers;
    if (all === null) return;
    await all.more(5, "in the end");
    assert.deepEqual(await commitFaults(pair(), "source", await all.stop()), []);
  });
}
