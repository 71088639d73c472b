import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "pg";
import { startFaultyProxy } from "../../../lab/faultyProxy.ts";
import { createGlaze, inGlaze } from "../../../lab/postgres/application.ts";
import { moveOrder } from "../../../lab/postgres/move.ts";
import { type LabPair, startPair } from "../../../lab/postgres/pair.ts";
import { waitFor } from "../../../lab/waitFor.ts";
import type { OutgrowError } from "../../model/error.ts";
import { runNames } from "../runNames.ts";
import { bringBack, carryOver } from "./move.ts";
import type { MoveOrder } from "./order.ts";

const SCHEMA = `
  create table bulk (id int primary key, note text);
  insert into bulk select g, repeat(md5(g::text), 4) from generate_series(1, 350000) g;
`;

/** Longer than the product's own limit, and no more than a person would wait. */
const PATIENCE_MS = 150_000;

test("a slot can be given up to save the disk though whoever reads it takes nothing more, and does not end", async () => {
  await using pair = await startPair({ sourceSettings: { max_slot_wal_keep_size: "1MB" } });
  await createGlaze(pair, SCHEMA);
  const order = moveOrder(pair);
  await using proxy = await startFaultyProxy({ port: pair.source.server.port });
  let givingUp: Promise<void> | null = null;
  const error = await carryOver({
    ...through(order, proxy.port),
    copyLimitMs: PATIENCE_MS,
    tell: (news) => {
      if (news.kind !== "progress" || givingUp !== null) return;
      proxy.stallAll();
      proxy.plan({ kind: "refuse" });
      givingUp = giveUp(pair, runNames(order.id).forward);
    },
  }).then(
    () => null,
    (thrown: OutgrowError) => thrown,
  );
  // Which of the two the target hears first is not for us to say: that its slot is given up, or that nobody answers.
  assert.ok(error?.code === "blocked" || error?.code === "database", String(error));
  await givingUp;
  const said: string[] = [];
  await carryOver({ ...order, tell: (news) => void (news.kind === "progress" && said.push(news.text)) });
  assert.match(said.join(), /threw away changes [^,]*, [^,]*; all of it begins anew/);
  await bringBack(order);
});

function through(order: MoveOrder, port: number): MoveOrder {
  return { ...order, source: { ...order.source, dial: { ...order.source.dial, port } } };
}

/** Writes until whoever sends it can send no more, and then lets the server tidy up. */
async function giveUp(pair: LabPair, slot: string): Promise<void> {
  await inGlaze(pair, async (client) => {
    await client.query(
      "insert into bulk select g, repeat('x', 900) from generate_series(1000001, 1040000) g",
    );
    let looks = 0;
    await waitFor("a sender that is stuck", async () => {
      looks = (await waitsForRoom(client, slot)) ? looks + 1 : 0;
      await sleep(100);
      return looks >= STUCK_LOOKS || undefined;
    });
    await client.query("select pg_switch_wal()");
    await client.query(`set statement_timeout = ${PATIENCE_MS}`);
    await client.query("checkpoint");
  });
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
