import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import {
  createGlaze,
  inClosed,
  inMoved,
  type LabApplication,
  labApplication,
} from "../../../lab/postgres/application.ts";
import { MOVE_ID, moveOrder } from "../../../lab/postgres/move.ts";
import { type LabPair, startPair } from "../../../lab/postgres/pair.ts";
import { Secret } from "../../model/secret.ts";
import { clean } from "./clean.ts";
import { bringBack, carryOver } from "./move.ts";
import type { MoveOrder } from "./order.ts";

const SCHEMA = "create table things (id int primary key); insert into things values (1)";

/** What becomes of the old server after the switch, so that it does not know of it any more. */
const LOSSES: readonly [what: string, lose: (pair: LabPair) => Promise<unknown>][] = [
  [
    "restored from before the switch",
    (pair) => inClosed(pair, MOVE_ID, (client) => client.query(`select outgrow_${MOVE_ID}.reopen()`)),
  ],
  [
    "made anew",
    async (pair) => {
      await inClosed(pair, MOVE_ID, async (client) => {
        const back = `alter subscription outgrow_${MOVE_ID}_back`;
        for (const change of ["disable", "set (slot_name = none)"]) await client.query(`${back} ${change}`);
        await client.query(`drop subscription outgrow_${MOVE_ID}_back`);
        await client.query(`select outgrow_${MOVE_ID}.reopen()`);
      });
      const admin = await pair.source.superuser();
      await admin.query("drop database glaze with (force)");
      await admin.query(`drop role outgrow_${MOVE_ID}`);
      await admin.query("create database glaze owner glaze");
      await admin.end();
    },
  ],
];

describe("a database that serves on the target", () => {
  let pair: LabPair;
  let application: LabApplication;
  let order: MoveOrder;
  before(async () => {
    pair = await startPair();
  });
  after(() => pair[Symbol.asyncDispose]());
  beforeEach(async () => {
    await createGlaze(pair, SCHEMA);
    application = labApplication(pair);
    order = moveOrder(pair, { application });
    await carryOver(order);
    await inMoved(pair, (client) => client.query("insert into things values (2)"));
  });

  for (const [what, lose] of LOSSES) {
    test(`is kept by undo and apply when the old server was ${what}`, async () => {
      await lose(pair);
      for (const walk of [bringBack, carryOver]) await assert.rejects(walk(order), serves(pair));
      await assertServes();
      await clean(order);
    });
  }

  test("is kept by undo when the old administrator's password was changed", async () => {
    const password = new Secret("changed");
    const locked = { ...order, source: { ...order.source, admin: { ...order.source.admin, password } } };
    await assert.rejects(bringBack(locked), serves(pair));
    await assertServes();
    await bringBack(order);
  });

  async function assertServes(): Promise<void> {
    assert.equal(application.pointsAt(), "target");
    const { rows } = await inMoved(pair, (client) => client.query("select id from things order by id"));
    assert.deepEqual(rows, [{ id: 1 }, { id: 2 }]);
  }
});

function serves({ source, target }: LabPair): object {
  return {
    code: "blocked",
    message: `The database glaze on ${target.admin.host} serves since the switch, and the old server, ${source.admin.host}, does not know of it: it was made anew, was restored from before, or its administrator's password was changed.`,
    hint: "Nothing was changed, for the new server may hold rows that are nowhere else. If the password was changed, set the former one there and run it again. If the old data is lost, keep the new server: outgrow finish --old-server-lost.",
  };
}
