import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { createGlaze, inClosed, inMoved } from "../../../lab/postgres/application.ts";
import { type Between, interposed, whenIn } from "../../../lab/postgres/interposed.ts";
import { moveOrder } from "../../../lab/postgres/move.ts";
import { type LabPair, startPair } from "../../../lab/postgres/pair.ts";
import { bringBack, carryOver } from "./move.ts";
import { type CopyState, lookAtCopy } from "./targetAlone.ts";

describe("what the target alone tells of a move", () => {
  let pair: LabPair;
  before(async () => {
    pair = await startPair();
  });
  after(() => pair[Symbol.asyncDispose]());
  beforeEach(() => createGlaze(pair, "create table things (id int primary key)"));

  test("a source that was restored from before the proof is not copied over it; undo drops the copy by name", async () => {
    const order = moveOrder(pair);
    await assert.rejects(carryOver(interposed(order, deadAfter(".proof as select"))), /cut off/);
    const schema = `outgrow_${order.id}`;
    await inClosed(pair, order.id, (client) =>
      client.query(`select ${schema}.let_go(); drop schema ${schema} cascade`),
    );
    await assert.rejects(carryOver(order), {
      code: "blocked",
      message:
        /^The copy of glaze on \S+ was proved to have every row up to \S+; the old server, \S+, does not know of it/,
    });
    assert.equal((await lookAtCopy(order)).kind, "proved");
    await bringBack(order);
  });

  for (const canReturn of [true, false]) {
    test(`${canReturn ? "with" : "without"} a way back: it is proved from just before the decision on, and no longer when rows come again`, async () => {
      const order = moveOrder(pair, { canReturn });
      await assert.rejects(carryOver(interposed(order, refusing(".close("))), /cut off/);
      assert.deepEqual(await lookAtCopy(order), { kind: "unproved" }, "let go of");

      await assert.rejects(carryOver(interposed(order, deadAfter(".proof as select"))), /cut off/);
      const copy = await lookAtCopy(order);
      assert.ok(copy.kind === "proved", copy.kind);
      assert.ok(Math.abs(copy.at - Date.now()) < 600_000, `${copy.at}`);
      assert.equal(await isFollowing(), false);

      const seen: CopyState["kind"][] = [];
      const look = async () => {
        seen.push((await lookAtCopy(order)).kind);
      };
      await carryOver(whenIn("ready", order, look));
      assert.deepEqual(seen, ["unproved"]);
      assert.deepEqual(await lookAtCopy(order), { kind: "serves" });
      if (canReturn) await bringBack(order);
    });
  }

  async function isFollowing(): Promise<boolean> {
    return await inMoved(pair, async (client) => {
      const { rows } = await client.query("select from pg_subscription where subenabled");
      return rows.length > 0;
    });
  }
});

/** A statement does not come through. */
function refusing(words: string): Between {
  return async (sql, ask) => {
    if (sql.includes(words)) throw new Error("cut off");
    return await ask();
  };
}

/** Nothing comes through after it. */
function deadAfter(words: string): Between {
  let isDead = false;
  return async (sql, ask) => {
    if (isDead) throw new Error("cut off");
    const result = await ask();
    isDead = sql.includes(words);
    return result;
  };
}
