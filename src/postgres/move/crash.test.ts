import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, beforeEach, describe, test } from "node:test";
import { createGlaze, inMoved, labApplication } from "../../../lab/postgres/application.ts";
import { commitFaults } from "../../../lab/postgres/commits.ts";
import { tell } from "../../../lab/postgres/configFile.ts";
import { leftovers } from "../../../lab/postgres/leftovers.ts";
import { moveOrder } from "../../../lab/postgres/move.ts";
import { type MoveOrderText, runMoving } from "../../../lab/postgres/movingProcess.ts";
import { type LabOnlineMigration, startOnlineMigration } from "../../../lab/postgres/onlineMigration.ts";
import { type LabPair, startPair } from "../../../lab/postgres/pair.ts";
import { timersOf } from "../../../lab/postgres/timers.ts";
import { type Ledger, startWriters } from "../../../lab/postgres/writers.ts";
import { tempFolder } from "../../../lab/temp.ts";
import { waitFor } from "../../../lab/waitFor.ts";
import { finish } from "./finish.ts";
import { bringBack, carryOver, observe } from "./move.ts";
import type { MoveOrder } from "./order.ts";

/** Every point at all takes an hour; a few, spread over all of it, are tried each time. */
const isLong = process.env.OUTGROW_LONG !== undefined;
const SAMPLES = {
  subscription: isLong ? Number.POSITIVE_INFINITY : 2,
  provider: isLong ? Number.POSITIVE_INFINITY : 1,
  offline: isLong ? Number.POSITIVE_INFINITY : 1,
};

/** So long that a busy machine does not let go of what it holds: nobody waits for it here. */
const HOLD_MS = 60_000;

const SCHEMA = `
  create table things (id int primary key, name text);
  insert into things select g, 'thing ' || g from generate_series(1, 500) g;
  create index things_name on things (name);
`;

describe("a tool that is killed", () => {
  const folder = tempFolder("crash");
  const configFile = join(folder.path, "side");
  const kept = new AsyncDisposableStack();
  let pair: LabPair;
  let provider: LabOnlineMigration;
  before(async () => {
    kept.use(folder);
    pair = kept.use(await startPair({ from: 15, to: 17 }));
    provider = kept.use(await startOnlineMigration(pair));
  });
  after(() => kept.disposeAsync());

  // What a test that failed left behind shall not fail the next one.
  beforeEach(() => bringBack(orderOf("provider")).catch(() => undefined));

  for (const driver of ["subscription", "provider", "offline"] as const) {
    for (const verb of ["carryOver", "bringBack"] as const) {
      for (const ending of ["carryOver", "bringBack"] as const) {
        test(`${driver}: in ${verb} at any deed, then ${ending}: one clean world, and no commit lost`, async () => {
          const points = sampled(await deedsOf(driver, verb), SAMPLES[driver]);
          for (const dieAt of points) {
            await begin(driver, verb, dieAt);
            await endIn(driver, ending);
          }
          assert.ok(points.length > 0, "no deed to die at");
        });
      }
    }
  }

  test("while writes are held, then bringBack: the timer it has left is ended", async () => {
    tell(configFile, "source");
    await createGlaze(pair, SCHEMA);
    const order = orderOf("subscription");
    const { signal } = await runMoving(order, { verb: "carryOver", configFile }, (news, kill) => {
      if (news.kind === "phase" && news.phase === "verify") kill();
    });
    assert.equal(signal, "SIGKILL");
    assert.equal(timersOf(order.id), 1);
    await bringBack(order);
    assert.equal(timersOf(order.id), 0);
  });

  test("in finish at any deed, then finish: nothing of the move is left, every commit is there, and the old database is locked", async () => {
    const points = sampled(await begin("subscription", "finish"), SAMPLES.subscription);
    await assertFinished(ledgers.splice(0));
    for (const dieAt of points) {
      await begin("subscription", "finish", dieAt);
      await finish(moveOrder(pair));
      await assertFinished(ledgers.splice(0));
    }
    assert.ok(points.length > 0);
  });

  function orderOf(driver: MoveOrder["driver"]): MoveOrder {
    return moveOrder(pair, {
      application: labApplication(pair, configFile),
      holdLimitMs: HOLD_MS,
      homeHoldLimitMs: HOLD_MS,
      stallLimitMs: 20_000,
      driver,
      onlineMigration: provider.migration,
    });
  }

  const counted = new Map<string, Promise<number>>();

  /** How many chances to die there are on a straight run. */
  function deedsOf(driver: MoveOrder["driver"], verb: MoveOrderText["verb"]): Promise<number> {
    const key = `${driver} ${verb}`;
    const known = counted.get(key) ?? begin(driver, verb);
    counted.set(key, known);
    return known;
  }

  /** From a fresh start up to the death of `verb`; without one, gives how many chances to die there are. */
  async function begin(
    driver: MoveOrder["driver"],
    verb: MoveOrderText["verb"],
    dieAt?: number,
  ): Promise<number> {
    tell(configFile, "source");
    await createGlaze(pair, SCHEMA);
    const order = orderOf(driver);
    if (verb !== "carryOver") await carryOver(order);
    await using writers = startWriters({ endpoint: labApplication(pair, configFile).endpoint, clients: 2 });
    await waitFor("commits", () => writers.count() > 10 || undefined);
    const result = await runMoving(order, {
      verb,
      configFile,
      cloud: { origin: provider.cloud.origin, token: provider.cloud.token, databaseId: provider.databaseId },
      ...(dieAt === undefined ? {} : { dieAt }),
    });
    assert.equal(result.error, null);
    assert.equal(result.signal, dieAt === undefined ? null : "SIGKILL");
    if (dieAt === undefined && verb === "carryOver") await bringBack(order);
    ledgers.push(await writers.stop());
    return result.deeds ?? 0;
  }

  /** The ledgers of the run that died and of the one that ends it. */
  const ledgers: Ledger[] = [];

  async function endIn(driver: MoveOrder["driver"], ending: "carryOver" | "bringBack"): Promise<void> {
    const application = labApplication(pair, configFile);
    const order = orderOf(driver);
    await using writers = startWriters({ endpoint: application.endpoint, clients: 2, first: 10 });
    await (ending === "carryOver" ? carryOver(order) : bringBack(order));
    await writers.more(5, "in the end");
    const last = await writers.stop();
    const ledger = merged([...ledgers.splice(0).slice(-1), last]);
    const side = ending === "carryOver" ? "target" : "source";
    assert.equal(application.pointsAt(), side);
    assert.deepEqual(await commitFaults(pair, side, ledger), []);
    if (ending === "bringBack") return;
    assert.deepEqual(await observe(order), { source: "closed", target: "open" });
    await bringBack(order);
  }

  /** And makes room for the next. */
  async function assertFinished(written: readonly Ledger[]): Promise<void> {
    assert.deepEqual(await commitFaults(pair, "target", merged(written)), []);
    assert.deepEqual(await inMoved(pair, leftovers), []);
    await assert.rejects(pair.source.superuser("glaze"), /not currently accepting connections/);
    for (const side of ["source", "target"] as const) {
      const admin = await pair[side].superuser();
      assert.deepEqual(await leftovers(admin), []);
      await admin.query("drop database glaze with (force)");
      if (side === "target") await admin.query("drop role if exists glaze");
      await admin.end();
    }
  }
});

function sampled(count: number, samples: number): readonly number[] {
  const all = Array.from({ length: count }, (_, index) => index);
  if (samples >= count) return all;
  // A different few each day would be a test that fails on its own; these are spread evenly.
  return Array.from({ length: samples }, (_, index) => Math.floor(((index + 0.5) * count) / samples));
}

function merged(ledgers: readonly Ledger[]): Ledger {
  const all = (key: "acknowledged" | "uncertain") => new Set(ledgers.flatMap((each) => [...each[key]]));
  return { acknowledged: all("acknowledged"), uncertain: all("uncertain"), longestGapMs: 0, switchMs: 0 };
}
