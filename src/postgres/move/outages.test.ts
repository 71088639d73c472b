import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { startFaultyProxy } from "../../../lab/faultyProxy.ts";
import { createGlaze, inGlaze, inMoved, labApplication } from "../../../lab/postgres/application.ts";
import { commitFaults } from "../../../lab/postgres/commits.ts";
import { copySender } from "../../../lab/postgres/copySender.ts";
import { forgetFollowing, untilFollows } from "../../../lab/postgres/forgottenCopy.ts";
import { dialedAt, moveOrder } from "../../../lab/postgres/move.ts";
import { type LabPair, startPair } from "../../../lab/postgres/pair.ts";
import { startWriters } from "../../../lab/postgres/writers.ts";
import { waitFor } from "../../../lab/waitFor.ts";
import type { OutgrowError } from "../../model/error.ts";
import { runNames } from "../runNames.ts";
import { bringBack, carryOver, observe } from "./move.ts";
import type { MoveNews } from "./news.ts";
import type { MoveOrder } from "./order.ts";

/** When the target's keepalives end a dead connection: see `connectionString`. */
const KEPT_ALIVE_MS = 11_000;

const SCHEMA = `
  create table bulk (id int primary key, note text);
  insert into bulk select g, repeat(md5(g::text), 4) from generate_series(1, 350000) g;
`;

/** So large that its key waits for its rows. */
const LARGE = `
  create table large (id int primary key, note text);
  insert into large select g, repeat(md5(g::text), 16) from generate_series(1, 150000) g;
`;

describe("outages", () => {
  let pair: LabPair;
  before(async () => {
    pair = await startPair({
      from: 15,
      to: 17,
      sourceSettings: { wal_sender_timeout: "5s" },
      targetSettings: { wal_receiver_timeout: "10s", wal_receiver_status_interval: "1s" },
    });
  });
  after(() => pair[Symbol.asyncDispose]());
  beforeEach(async () => {
    // What a test that failed left behind shall not fail the next one.
    await bringBack(moveOrder(pair)).catch(() => undefined);
    await createGlaze(pair, SCHEMA);
  });

  /** Moves until something breaks, and again; then every commit is on the target, and home again on the source. */
  async function moveThrough(
    order: MoveOrder,
    during: (news: MoveNews) => void,
  ): Promise<readonly OutgrowError[]> {
    const application = labApplication(pair);
    await using writers = startWriters({ endpoint: application.endpoint, clients: 2 });
    const failures: OutgrowError[] = [];
    const whole = { ...order, application };
    for (let attempt = 0; attempt < 5 && application.pointsAt() === "source"; attempt++) {
      await carryOver({ ...whole, tell: during }).catch((error: OutgrowError) => failures.push(error));
      await waitFor("both servers", () => observe(order), 60_000);
    }
    assert.deepEqual(await observe(order), { source: "closed", target: "open" }, failures.map(String).join());
    await writers.more(10, "on the target");
    await bringBack(whole);
    const ledger = await writers.stop();
    assert.deepEqual(await commitFaults(pair, "source", ledger), []);
    return failures;
  }

  for (const side of ["source", "target"] as const) {
    test(`kill -9 of the ${side} in the middle of the first copy`, async () => {
      let killed: Promise<void> | null = null;
      const killOnce = async () => {
        await pair[side].server.kill();
        await pair[side].server.start();
      };
      const failures = await moveThrough(moveOrder(pair), (news) => {
        if (killed === null && news.kind === "progress" && /under way/.test(news.text)) killed = killOnce();
      });
      assert.notEqual(killed, null);
      await killed;
      assert.ok(failures.length > 0, "the tool did not notice");
    });
  }

  /** The source as the target reaches it: through the proxy. */
  const through = (port: number): MoveOrder => dialedAt(port, moveOrder(pair));

  test("the target's way to the source is cut, dies silently, and comes back", async () => {
    await using proxy = await startFaultyProxy({ port: pair.source.server.port });
    let seen = 0;
    await moveThrough(through(proxy.port), (news) => {
      if (news.kind !== "progress" || !/under way/.test(news.text)) return;
      seen++;
      if (seen <= 3) proxy.cutAll();
      if (seen === 4) proxy.stallAll(KEPT_ALIVE_MS);
    });
    assert.ok(seen > 0);
  });

  test("a connection that something on the way holds open for ever ends the attempt at worst, also where a key waits for the rows", async () => {
    await createGlaze(pair, SCHEMA + LARGE);
    await using proxy = await startFaultyProxy({ port: pair.source.server.port });
    let isHeld = false;
    const failures = await moveThrough({ ...through(proxy.port), stallLimitMs: 2_000 }, (news) => {
      if (!isHeld && news.kind === "progress" && /public\.large under way/.test(news.text)) {
        isHeld = true;
        proxy.stallAll();
      } else if (isHeld && news.kind === "phase" && news.phase === "prepare") {
        proxy.cutAll();
      }
    });
    assert.ok(isHeld);
    assert.ok(
      // Seen for what it is, long before the limit of the copy.
      failures.every(({ code, message }) => code === "timeout" && !message.includes("is not done after")),
      failures.map(String).join(),
    );
  });

  test("a table that does not know that it follows ends the attempt; the next one copies anew", async () => {
    let forgotten: Promise<void> | null = null;
    const order = moveOrder(pair, { stallLimitMs: 3_000 });
    const failures = await moveThrough(order, (news) => {
      if (news.kind === "progress" && /under way/.test(news.text)) forgotten ??= forgetEntries(pair);
    });
    await forgotten;
    assert.match(
      failures.map(({ message }) => message).join(),
      /^The copy to [^,]* of public\.entries was cut off [^,]*$/,
    );
  });

  test("a table that does not know that it follows is seen when an attempt begins", async () => {
    const order = moveOrder(pair);
    await assert.rejects(carryOver({ ...order, copyLimitMs: 1 }), { code: "timeout" });
    await forgetEntries(pair);
    const said: string[] = [];
    await carryOver({
      ...order,
      tell: (news) => void (news.kind === "progress" && said.push(news.text)),
    });
    assert.ok(
      said.includes("the copy of public.entries was cut off where it cannot go on; all of it begins anew"),
    );
    await bringBack(order);
  });

  test("a slot that was given up to save the disk ends the attempt; the next one starts anew", async () => {
    await keepAtMost(pair, "1MB");
    const order = moveOrder(pair);
    await using proxy = await startFaultyProxy({ port: pair.source.server.port });
    const slow = dialedAt(proxy.port, order);
    let filled: Promise<unknown> | null = null;
    const fill = () =>
      inGlaze(pair, async (client) => {
        proxy.cutAll();
        proxy.plan({ kind: "refuse" });
        for (let turn = 0; turn < 4; turn++) {
          await client.query(
            "insert into bulk select g + 1000000 * (random() * 1000 + 1)::int, repeat('x', 900) from generate_series(1, 20000) g on conflict do nothing",
          );
          await client.query("select pg_switch_wal()");
          await client.query("checkpoint");
        }
      });
    const error = await carryOver({
      ...slow,
      copyLimitMs: 60_000,
      tell: (news) => {
        if (filled === null && news.kind === "progress") filled = fill();
      },
    }).then(
      () => null,
      (thrown: OutgrowError) => thrown,
    );
    await filled;
    assert.equal(error?.code, "blocked");
    assert.match(error.message, /threw away changes|has no replication slot/);
    assert.equal((await observe(order)).source, "open");
    await keepAtMost(pair, "-1");
    await carryOver(order);
    assert.deepEqual(
      (await inMoved(pair, (client) => client.query("select count(*)::int as n from public.bulk"))).rows[0]
        .n > 150_000,
      true,
    );
    await bringBack(order);
  });

  test("the slot of one table that was given up while its rows come in ends the attempt at once; the next one starts anew", async () => {
    await keepAtMost(pair, "64MB");
    const order = moveOrder(pair);
    await using kept = new AsyncDisposableStack();
    let givenUp: Promise<void> | null = null;
    const giveUp = async () => {
      const sender = await stopCopy(pair);
      kept.defer(() => void process.kill(sender, "SIGCONT"));
      await writeUntilGivenUp(pair, runNames(order.id).forward);
    };
    const error = await carryOver({
      ...order,
      tell: (news) => {
        if (news.kind === "progress" && /bulk under way/.test(news.text)) givenUp ??= giveUp();
      },
    }).then(
      () => null,
      (thrown: OutgrowError) => thrown,
    );
    await givenUp;
    assert.equal(error?.code, "blocked", String(error));
    assert.match(error.message, /threw away changes that the target has not read yet/);
    await kept.disposeAsync();
    await keepAtMost(pair, "-1");
    const said: string[] = [];
    await carryOver({
      ...order,
      tell: (news) => void (news.kind === "progress" && said.push(news.text)),
    });
    assert.match(said.join(), /threw away changes [^,]*, [^,]*; all of it begins anew/);
    await bringBack(order);
  });
});

/** Of what no slot has read yet. */
async function keepAtMost(pair: LabPair, size: string): Promise<void> {
  const admin = await pair.source.superuser();
  await admin.query(`alter system set max_slot_wal_keep_size = '${size}'`);
  await admin.query("select pg_reload_conf()");
  await admin.end();
}

/** Stops whoever sends the rows of a table, as a network does that carries nothing any more; gives its process. */
function stopCopy(pair: LabPair): Promise<number> {
  return inGlaze(pair, async (client) => {
    const pid = await copySender(client, "public.bulk");
    if (pid === undefined) throw new Error("nobody copies");
    process.kill(pid, "SIGSTOP");
    return pid;
  });
}

/** Slowly enough for the subscription itself, which goes on reading. */
async function writeUntilGivenUp(pair: LabPair, name: string): Promise<void> {
  await inGlaze(pair, async (client) => {
    const hasRead = async (lsn: string) => {
      const { rows } = await client.query(
        "select from pg_replication_slots where slot_name = $1 and restart_lsn >= $2",
        [name, lsn],
      );
      return rows.length > 0 || undefined;
    };
    const isGivenUp = async () => {
      const { rows } = await client.query(
        "select from pg_replication_slots where slot_name like '%_sync_%' and wal_status = 'lost'",
      );
      return rows.length > 0;
    };
    for (let turn = 0; turn < 10 && !(await isGivenUp()); turn++) {
      const { rows } = await client.query<{ lsn: string }>(
        "select pg_logical_emit_message(false, 'filler', repeat('x', 15000000)) as lsn",
      );
      await client.query("select pg_switch_wal()");
      await client.query("checkpoint");
      await waitFor("the subscription", () => hasRead(rows[0]?.lsn ?? ""), 30_000);
    }
    assert.ok(await isGivenUp());
  });
}

async function forgetEntries(pair: LabPair): Promise<void> {
  await inMoved(pair, async (client) => {
    await untilFollows(client, "public.entries");
    await forgetFollowing(client, "public.entries");
  });
}
