import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { createGlaze, inGlaze, inMoved, labApplication } from "../../../lab/postgres/application.ts";
import { commitFaults } from "../../../lab/postgres/commits.ts";
import { whenIn } from "../../../lab/postgres/interposed.ts";
import { leftovers } from "../../../lab/postgres/leftovers.ts";
import { type LabPair, startPair } from "../../../lab/postgres/pair.ts";
import { chosenFor, plannedOrder } from "../../../lab/postgres/planned.ts";
import { startWriters } from "../../../lab/postgres/writers.ts";
import { finish } from "./finish.ts";
import { bringBack, carryOver, observe } from "./move.ts";

const SCHEMA = `
  create table pots (id serial primary key, glaze text);
  insert into pots (glaze) select 'glaze ' || g from generate_series(1, 1000) g;
`;

for (const to of [15, 17] as const) {
  describe(`to PostgreSQL ${to}, whose administrator may make databases and roles and no more`, () => {
    let pair: LabPair;
    before(async () => {
      pair = await startPair({ from: 15, to, adminRights: "createdb createrole" });
    });
    after(() => pair[Symbol.asyncDispose]());
    beforeEach(() => createGlaze(pair, SCHEMA));

    test("the plan is to copy while nobody can write; a way back needs who may let a role replicate", async () => {
      const plans = [];
      const provider = await pair.target.superuser();
      for (const right of ["replication", "noreplication"]) {
        await provider.query(`alter role doadmin ${right}`);
        plans.push(await chosenFor(pair));
      }
      await provider.end();
      assert.deepEqual(
        plans.map(({ driver, canReturn }) => [driver, canReturn]),
        [
          // Before 16 that is a superuser alone.
          ["offline", to >= 16],
          ["offline", false],
        ],
      );
    });

    test("a move that fails before the switch comes home and leaves nothing", async () => {
      const order = await plannedOrder(pair);
      const failing = whenIn("verify", order, () => Promise.reject(new Error("given up")));
      await assert.rejects(carryOver(failing), /given up/);
      await bringBack(order);
      assert.deepEqual(await observe(order), { source: null, target: null });
      assert.deepEqual(await inGlaze(pair, leftovers), []);
      const admin = await pair.target.superuser();
      assert.deepEqual(await leftovers(admin), []);
      await admin.end();
    });

    test("what is moved is all there, and finished", async () => {
      const application = labApplication(pair);
      const order = await plannedOrder(pair, { application });
      await using writers = startWriters({ endpoint: application.endpoint, clients: 2 });
      await writers.more(10, "before");
      await carryOver(order);
      assert.deepEqual(await observe(order), { source: "closed", target: "open" });
      await writers.more(10, "on the target");
      await assert.rejects(bringBack(order), {
        code: "blocked",
        message: "The way back of glaze was not prepared: rows written since the switch would be lost.",
      });
      await finish(order);
      await writers.more(10, "after the end");
      const ledger = await writers.stop();
      assert.deepEqual(await commitFaults(pair, "target", ledger), []);
      await inMoved(pair, async (client) => {
        assert.deepEqual(await leftovers(client), []);
        const { rows } = await client.query("select count(*)::int as pots from public.pots");
        assert.deepEqual(rows, [{ pots: 1000 }]);
      });
    });
  });
}
