import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { createGlaze, inClosed, inGlaze, labApplication } from "../../../lab/postgres/application.ts";
import { commitFaults } from "../../../lab/postgres/commits.ts";
import { whenIn } from "../../../lab/postgres/interposed.ts";
import { MOVE_ID, moveOrder } from "../../../lab/postgres/move.ts";
import { type LabPair, startPair } from "../../../lab/postgres/pair.ts";
import { localShell } from "../../../lab/postgres/shell.ts";
import { timersOf } from "../../../lab/postgres/timers.ts";
import { startWriters } from "../../../lab/postgres/writers.ts";
import { waitFor } from "../../../lab/waitFor.ts";
import { OutgrowError } from "../../model/error.ts";
import { openDatabase } from "../database.ts";
import { runNames } from "../runNames.ts";
import { finish } from "./finish.ts";
import { bringBack, carryOver, observe } from "./move.ts";
import { watchReturn } from "./watchReturn.ts";

const SCHEMA = `
  create table pots (id int primary key, glaze text);
  insert into pots select g, 'glaze ' || g from generate_series(1, 100) g;
`;

describe("while writes are held", () => {
  let pair: LabPair;
  before(async () => {
    pair = await startPair({ from: 15, to: 17 });
  });
  after(() => pair[Symbol.asyncDispose]());
  beforeEach(() => createGlaze(pair, SCHEMA));

  test("somebody who writes all the same, as a worker inside the server may, ends the move before the switch", async () => {
    // The move's own role is the only one that gets in.
    const write = async () => {
      await inClosed(pair, MOVE_ID, (client) =>
        client.query("update public.pots set glaze = 'ash' where id = 9"),
      );
    };
    await assert.rejects(carryOver(whenIn("arm-rollback", moveOrder(pair), write)), {
      code: "verify",
      message: /^1 changes were written to glaze at .* while writes were held\.$/,
    });
    assert.equal((await observe(moveOrder(pair))).source, "open");
    await bringBack(moveOrder(pair));
  });

  test("a hold that runs out in the last comparison is told as that, not as a copy that is broken", async () => {
    const order = moveOrder(pair, { holdLimitMs: 1_500 });
    const outlast = async () => {
      const isOpen = async () => ((await observe(order)).source === "open" ? true : undefined);
      await waitFor("the timer", isOpen, 60_000);
      await inGlaze(pair, (client) => client.query("update pots set glaze = 'ash' where id = 9"));
    };
    await assert.rejects(carryOver(whenIn("verify", order, outlast)), {
      code: "timeout",
      message: /^The time limit of 1\.5 s passed before the switch: writes to glaze at .* are open again/,
    });
    assert.deepEqual((await observe(order)).source, "open");
    await bringBack(order);
  });

  test("rows that do not arrive though nothing is seen to lag end the move, and are there in the next one", async () => {
    const application = labApplication(pair);
    const order = moveOrder(pair, { application });
    await using writers = startWriters({ endpoint: application.endpoint, clients: 2 });
    let sender = 0;
    const stop = async () => {
      sender = await senderOf(pair);
      process.kill(sender, "SIGSTOP");
    };
    await assert
      .rejects(carryOver(whenIn("fence", { ...order, holdLimitMs: 3_000 }, stop)), {
        code: "timeout",
        message: /^A row written to glaze at .* did not arrive at glaze at .* within 3 s\.$/,
      })
      .finally(() => process.kill(sender, "SIGCONT"));
    assert.equal((await observe(order)).source, "open");
    await writers.more(10, "on the source");
    await carryOver(order);
    await writers.more(10, "on the target");
    const ledger = await writers.stop();
    assert.deepEqual(await commitFaults(pair, "target", ledger), []);
    await bringBack(order);
  });

  test("a way back that brings nothing is told, and one that is mended brings all of it", async () => {
    const application = labApplication(pair);
    const order = moveOrder(pair, { application });
    await using writers = startWriters({ endpoint: application.endpoint, clients: 2 });
    const turn = (how: "disable" | "enable") =>
      inClosed(pair, MOVE_ID, (client) =>
        client.query(`alter subscription ${runNames(MOVE_ID).back} ${how}`),
      );
    await carryOver(order);
    assert.equal(await watchReturn(order), null);
    await turn("disable");
    assert.match(
      (await watchReturn({ ...order, homeHoldLimitMs: 1_000 })) ?? "",
      /^A row written to glaze at .* did not arrive at glaze at .* within 1 s\. /,
    );
    await turn("enable");
    assert.equal(await watchReturn(order), null);
    await bringBack(order);
    const ledger = await writers.stop();
    assert.deepEqual(await commitFaults(pair, "source", ledger), []);
  });

  for (const { name, leadsAgain } of [
    { name: "over a new way when the one there has died", leadsAgain: true },
    { name: "by the timer where no way leads there any more", leadsAgain: false },
  ]) {
    test(`writes are given back ${name}`, async () => {
      let isCut = false;
      const order = moveOrder(pair, {
        holdLimitMs: 5_000,
        connect: async (endpoint) => {
          if (isCut && !leadsAgain) throw new OutgrowError("unreachable", "nobody answers");
          return await openDatabase(endpoint);
        },
      });
      const cut = async () => {
        isCut = true;
        await inClosed(pair, MOVE_ID, (client) =>
          client.query(
            "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'outgrow'",
          ),
        );
      };
      await assert.rejects(carryOver(whenIn("drain", order, cut)), { code: "unreachable" });
      const left = moveOrder(pair);
      const isOpen = async () => (await observe(left)).source === "open" || undefined;
      if (leadsAgain) assert.ok(await isOpen());
      else await waitFor("the timer", isOpen);
      await waitFor("no timer", () => timersOf(MOVE_ID) === 0 || undefined);
      await bringBack(left);
    });
  }

  test("the timer of a run that came no further than its decision ends with the next one", async () => {
    let isCut = false;
    const order = moveOrder(pair, {
      application: {
        pointAt: async () => {
          isCut = true;
          throw new OutgrowError("unreachable", "nobody answers");
        },
      },
      shell: async (command) => {
        if (isCut) throw new OutgrowError("unreachable", "nobody answers");
        return await localShell(command);
      },
    });
    await assert.rejects(carryOver(order), { code: "unreachable" });
    assert.equal(timersOf(MOVE_ID), 1);
    await carryOver(moveOrder(pair));
    assert.equal(timersOf(MOVE_ID), 0);
    await bringBack(moveOrder(pair));
  });

  test("no way back is made where none may be had: the new server serves on, and the move is finished", async () => {
    const application = labApplication(pair);
    const order = moveOrder(pair, { application, canReturn: false });
    await using writers = startWriters({ endpoint: application.endpoint, clients: 2 });
    await carryOver(order);
    await assert.rejects(bringBack(order), {
      code: "blocked",
      message: "The way back of glaze was not prepared: rows written since the switch would be lost.",
    });
    await writers.more(10, "on the target");
    assert.deepEqual(await observe(order), { source: "closed", target: "open" });
    await finish(order);
    const ledger = await writers.stop();
    assert.deepEqual(await commitFaults(pair, "target", ledger), []);
    for (const side of ["source", "target"] as const) {
      const admin = await pair[side].superuser();
      await admin.query("drop database glaze with (force)");
      if (side === "target") await admin.query("drop role if exists glaze");
      await admin.end();
    }
  });
});

/** The process that sends what is written on. */
function senderOf(pair: LabPair): Promise<number> {
  return inGlaze(pair, async (client) => {
    const { rows } = await client.query<{ pid: number }>(
      "select active_pid as pid from pg_replication_slots where slot_name = $1",
      [runNames(MOVE_ID).forward],
    );
    const pid = rows[0]?.pid;
    if (!pid) throw new Error("nobody sends");
    return pid;
  });
}
