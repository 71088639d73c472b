import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { createGlaze, inGlaze, labApplication } from "../../../lab/postgres/application.ts";
import { commitFaults } from "../../../lab/postgres/commits.ts";
import { leftovers } from "../../../lab/postgres/leftovers.ts";
import { moveOrder } from "../../../lab/postgres/move.ts";
import { type LabPair, startPair } from "../../../lab/postgres/pair.ts";
import { startWriters } from "../../../lab/postgres/writers.ts";
import { waitFor } from "../../../lab/waitFor.ts";
import { finish } from "./finish.ts";
import { bringBack, carryOver, observe } from "./move.ts";
import type { MoveNews } from "./news.ts";

const isLong = process.env.OUTGROW_LONG !== undefined;

for (const [from, to] of [[15, 17], [15, 18], [15, 15], ...(isLong ? ([[17, 18]] as const) : [])] as const) {
  describe(`from PostgreSQL ${from} to ${to}`, () => {
    let pair: LabPair;
    before(async () => {
      pair = await startPair({ from, to });
    });
    after(() => pair[Symbol.asyncDispose]());
    beforeEach(() => createGlaze(pair));

    test("moves while clients commit, loses none of them, and comes home with the new rows", async () => {
      const application = labApplication(pair);
      const news: MoveNews[] = [];
      const order = moveOrder(pair, { application, tell: (each) => news.push(each) });
      await using writers = startWriters({ endpoint: application.endpoint });
      await waitFor("some commits", () => writers.count() > 50 || undefined);

      await carryOver(order);
      assert.deepEqual(await observe(order), { source: "closed", target: "open" });
      await writers.more(50, "on the target");
      assert.equal(application.pointsAt(), "target");
      assert.deepEqual(
        news.flatMap((each) => (each.kind === "phase" ? [each.phase] : [])),
        [
          "preflight",
          "prepare",
          "copying",
          "following",
          "ready",
          "fence",
          "drain",
          "prove",
          "sequences",
          "verify",
          "arm-rollback",
          "switch",
          "open",
          "clean",
        ],
      );

      await bringBack(order);
      await writers.more(50, "at home");
      const ledger = await writers.stop();
      assert.deepEqual(await commitFaults(pair, "source", ledger), []);
      await assertNothingLeft(pair);
    });

    test("what stays on the target is all of it, and the old database lets nobody in", async () => {
      const application = labApplication(pair);
      const order = moveOrder(pair, { application });
      await using writers = startWriters({ endpoint: application.endpoint });
      await carryOver(order);
      await writers.more(20, "on the target");
      const ledger = await writers.stop();
      assert.deepEqual(await commitFaults(pair, "target", ledger), []);
      await assert.rejects(pair.source.superuser("glaze"), /not permitted to log in/);
      await finish(order);
      assert.deepEqual(await commitFaults(pair, "target", ledger), []);
      await assert.rejects(pair.source.superuser("glaze"), /not currently accepting connections/);
      for (const side of ["source", "target"] as const) {
        const admin = await pair[side].superuser();
        assert.deepEqual(await leftovers(admin), []);
        await admin.query(`drop database glaze`);
        if (side === "target") await admin.query("drop role if exists glaze");
        await admin.end();
      }
    });
  });
}

/** Neither server knows anything of the move any more. */
async function assertNothingLeft(pair: LabPair): Promise<void> {
  const left = await inGlaze(pair, leftovers);
  assert.deepEqual(left, []);
  const admin = await pair.target.superuser();
  assert.deepEqual(await leftovers(admin), []);
  await admin.end();
}
