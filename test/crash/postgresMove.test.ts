import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { deathOf } from "../../lab/crash/boundaries.ts";
import { allCrashes, type Crash, nextInChain, states, type Verb } from "./moveChain.ts";
import { type Driver, type MoveStage, startMoveStage } from "./moveStage.ts";

/**
 * Every boundary takes an hour or two; one of each kind of crash, spread over all of it, is tried each time. The long
 * proof may be cut into slices: one driver, and each `STRIDE`th state of the world from the `FIRST` on.
 */
const isLong = process.env.OUTGROW_LONG !== undefined;
const DRIVERS: readonly Driver[] = ["subscription", "offline"];
const ONLY = process.env.OUTGROW_CRASH_DRIVER;
const STRIDE = Number(process.env.OUTGROW_CRASH_STRIDE ?? 1);
const FIRST = Number(process.env.OUTGROW_CRASH_FIRST ?? 1);

describe("the whole tool, killed while it moves a database", () => {
  for (const driver of DRIVERS.filter((each) => ONLY === undefined || each === ONLY)) {
    test(`${driver}: at any journal write, statement, write to the cluster or command of a host: one of two clean worlds, and no commit lost`, async (context) => {
      const found = await walk(driver, context);
      assert.deepEqual(found.failures, []);
      assert.ok(found.survived > 0);
    });
  }
});

/** What a clean world looks like, moved and not, and what boundaries lie between. */
interface Straight {
  readonly looks: Readonly<Record<Verb, string>>;
  readonly boundaries: Readonly<Record<Verb, readonly string[]>>;
}

interface Found {
  readonly survived: number;
  readonly failures: readonly string[];
}

/** All crashes of one driver, each from where the one before has ended; after one that failed, in a fresh world. */
async function walk(driver: Driver, context: TestContext): Promise<Found> {
  await using stages = new AsyncDisposableStack();
  let stage = stages.use(await startMoveStage(driver));
  const straight = await runStraight(stage);
  const { apply, undo } = straight.boundaries;
  assert.ok(apply.length > 60, `only ${apply.length} boundaries`);
  const left = [...crashesOf(driver, "apply", apply), ...crashesOf(driver, "undo", undo)];
  context.diagnostic(
    `${left.length} crashes; boundaries of apply and undo: ${apply.length}, ${undo.length}, states of the world: ${states(apply).length}, ${states(undo).length}`,
  );

  let survived = 0;
  const failures: string[] = [];
  let isMoved = false;
  for (let next = nextInChain(left, isMoved); next !== null; next = nextInChain(left, isMoved)) {
    const began = Date.now();
    const what = typeof next === "string" ? next : `${next.verb} killed at ${next.at}, then ${next.way}`;
    if (typeof next !== "string") left.splice(left.indexOf(next), 1);
    try {
      const died = await (typeof next === "string" ? goOn(stage, next) : survive(stage, next, straight));
      if (typeof next !== "string" && died !== null) survived++;
      context.diagnostic(`${what}: ${died ?? "lived"}, ${((Date.now() - began) / 1_000).toFixed(1)} s`);
      isMoved = (typeof next === "string" ? next : next.way) === "apply";
    } catch (error) {
      failures.push(`${what}: ${error instanceof Error ? error.message : error}`);
      context.diagnostic(`FAILED ${failures.at(-1)}`);
      await stage[Symbol.asyncDispose]();
      stage = stages.use(await startMoveStage(driver));
      isMoved = false;
    }
  }
  return { survived, failures };
}

async function runStraight(stage: MoveStage): Promise<Straight> {
  const home = await stage.look();
  const there = await stage.ended("apply");
  const moved = await stage.look();
  assert.notEqual(moved, home);
  const back = await stage.ended("undo");
  const looks = { apply: moved, undo: home };
  await assertClean(stage, "undo", looks);
  return { looks, boundaries: { apply: there.boundaries, undo: back.boundaries } };
}

async function goOn(stage: MoveStage, verb: Verb): Promise<null> {
  await stage.ended(verb);
  return null;
}

/** Dies there and goes on that way; gives where it died, `null` when that run had fewer boundaries and came to its end. */
async function survive(
  stage: MoveStage,
  { verb, at, way }: Crash,
  { looks }: Straight,
): Promise<string | null> {
  const { signal, stderr } = await stage.run(verb, at);
  assert.ok(signal === null || signal === "SIGKILL", `${verb} hung: ${stderr.slice(-2_000)}`);
  const died = signal === null ? null : deathOf(stderr);
  try {
    await stage.ended(way);
    await assertClean(stage, way, looks);
  } catch (error) {
    throw new Error(`${died}: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
  return died;
}

/** Clients commit again, each of their commits is there once, and nothing else is there than after a straight run. */
async function assertClean(stage: MoveStage, verb: Verb, looks: Straight["looks"]): Promise<void> {
  assert.equal(await stage.look(), looks[verb]);
  assert.deepEqual(await stage.faults(verb === "apply" ? "target" : "source"), []);
}

function crashesOf(driver: Driver, verb: Verb, names: readonly string[]): readonly Crash[] {
  if (isLong) return allCrashes(verb, names, FIRST, STRIDE);
  return SAMPLES[driver][verb].map(([way, share]) => ({ verb, way, at: Math.ceil(names.length * share) }));
}

type Sample = readonly [way: Verb, share: number];

/** Of the first driver where a way home was begun and writes were not held yet: it once left a slot behind. */
const SAMPLES: Readonly<Record<Driver, Readonly<Record<Verb, readonly Sample[]>>>> = {
  subscription: {
    apply: [
      ["undo", 0.4],
      ["apply", 0.7],
    ],
    undo: [
      ["apply", 0.25],
      ["undo", 0.6],
    ],
  },
  offline: {
    apply: [
      ["undo", 0.5],
      ["apply", 0.6],
    ],
    undo: [["undo", 0.5]],
  },
};
