import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "pg";
import { type FaultyProxy, startFaultyProxy } from "../../../lab/faultyProxy.ts";
import { createGlaze, inGlaze } from "../../../lab/postgres/application.ts";
import { keepLedger } from "../../../lab/postgres/keepLedger.ts";
import { dialedAt, moveOrder } from "../../../lab/postgres/move.ts";
import { type LabPair, startPair } from "../../../lab/postgres/pair.ts";
import { waitFor } from "../../../lab/waitFor.ts";
import { runNames } from "../runNames.ts";
import { bringBack, carryOver } from "./move.ts";
import type { MoveOrder } from "./order.ts";

/** So large that its copy is still under way when somebody follows. */
const SCHEMA = `
  create table bulk (id int primary key, note text);
  insert into bulk select g, repeat(md5(g::text), 4) from generate_series(1, 800000) g;
`;

/** Longer than the product's own limit, and no more than a person would wait. */
const PATIENCE_MS = 150_000;

describe("a server whose follower takes nothing more, and does not end", () => {
  let pair: LabPair;
  before(async () => {
    pair = await startPair({ sourceSettings: { max_slot_wal_keep_size: "1MB" } });
  });
  after(() => pair[Symbol.asyncDispose]());
  beforeEach(() => createGlaze(pair, SCHEMA));
  keepLedger(() => pair);

  test("gives up its slot all the same, though nobody helps; the next attempt starts anew", async () => {
    const order = moveOrder(pair);
    await using stuck = await stuckMove(pair, order, { isLeft: false });
    assert.match(String(stuck.error), /threw away changes that the target has not read yet/);
    await stuck.givenUp;
    await carryOver(order);
    await bringBack(order);
  });

  test("is rid of both by undo, at once", async () => {
    const order = moveOrder(pair);
    await using stuck = await stuckMove(pair, order, { isLeft: true });
    assert.equal(stuck.error, LEFT);
    await bringBack(order);
    await stuck.givenUp;
  });
});

interface StuckMove extends AsyncDisposable {
  readonly error: unknown;
  /** The checkpoint that gives up the slot. */
  readonly givenUp: Promise<void>;
}

const LEFT = new Error("somebody has seen enough");

/** `isLeft`: its run ends as soon as the sender is stuck. */
async function stuckMove(
  pair: LabPair,
  order: MoveOrder,
  { isLeft }: { readonly isLeft: boolean },
): Promise<StuckMove> {
  await using kept = new AsyncDisposableStack();
  const proxy = kept.use(await startFaultyProxy({ port: pair.source.server.port }));
  let givenUp: Promise<void> | null = null;
  let isStuck = false;
  const error = await carryOver({
    ...dialedAt(proxy.port, order),
    copyLimitMs: PATIENCE_MS,
    tell: (news) => {
      if (isStuck && isLeft) throw LEFT;
      if (news.kind !== "progress" || givenUp !== null) return;
      givenUp = giveUp(pair, runNames(order.id).forward, proxy, () => {
        isStuck = true;
      });
      // Told to whoever awaits it.
      givenUp.catch(() => undefined);
    },
  }).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (error === null || givenUp === null) throw new Error("nothing was stuck");
  const moved = kept.move();
  return { error, givenUp, [Symbol.asyncDispose]: () => moved.disposeAsync() };
}

/** Writes until whoever sends it can send no more, and then lets the server tidy up. */
async function giveUp(pair: LabPair, slot: string, proxy: FaultyProxy, tellStuck: () => void): Promise<void> {
  await inGlaze(pair, async (client) => {
    await waitFor("a follower", () => isFollowed(client, slot));
    proxy.halfOpenAll("server");
    proxy.plan({ kind: "refuse" });
    await client.query(
      "insert into bulk select g, repeat('x', 900) from generate_series(1000001, 1040000) g",
    );
    let looks = 0;
    await waitFor(
      "a sender that is stuck",
      async () => {
        looks = (await waitsForRoom(client, slot)) ? looks + 1 : 0;
        await sleep(100);
        return looks >= STUCK_LOOKS || undefined;
      },
      PATIENCE_MS,
    );
    tellStuck();
    await client.query("select pg_switch_wal()");
    await client.query(`set statement_timeout = ${PATIENCE_MS}`);
    await client.query("checkpoint");
  });
}

async function isFollowed(client: Client, slot: string): Promise<true | undefined> {
  const { rows } = await client.query("select from pg_replication_slots where slot_name = $1 and active", [
    slot,
  ]);
  return rows.length > 0 || undefined;
}

/** One that still gets something through waits too, for a moment. */
const STUCK_LOOKS = 10;

async function waitsForRoom(client: Client, slot: string): Promise<boolean> {
  const { rows } = await client.query(
    `select from pg_replication_slots s join pg_stat_activity a on a.pid = s.active_pid
      where s.slot_name = $1 and a.wait_event = 'WalSenderWriteData'`,
    [slot],
  );
  return rows.length > 0;
}
