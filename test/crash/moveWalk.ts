import assert from "node:assert/strict";
import { appendFileSync } from "node:fs";
import type { TestContext } from "node:test";
import type { CrashOrder } from "../../lab/crash/order.ts";
import type { MoveStage } from "./moveStage.ts";

export type Verb = CrashOrder["verb"];

/** What befalls one run, and how it goes on from there. */
export interface Blow {
  readonly verb: Verb;
  readonly way: Verb;
  readonly what: string;
  /** Has the run come to its end, one way or another; tells what happened to it, `null`: nothing, it was over before. */
  strike(stage: MoveStage): Promise<string | null>;
}

/** What a clean world looks like, moved and not, and what boundaries lie between. */
export interface Straight {
  readonly looks: Readonly<Record<Verb, string>>;
  readonly boundaries: Readonly<Record<Verb, readonly string[]>>;
}

/**
 * All of them, each from where the one before has ended, so that none needs a world of its own; after one that was not
 * survived, in a fresh world. Where none begins, a straight run leads to where the others do.
 */
export async function walk(
  context: TestContext,
  start: () => Promise<MoveStage>,
  blowsOf: (straight: Straight) => readonly Blow[],
): Promise<void> {
  await using stages = new AsyncDisposableStack();
  let stage = stages.use(await start());
  const straight = await runStraight(stage);
  const left = [...blowsOf(straight)];
  const failures: string[] = [];
  let survived = 0;
  let isMoved = false;
  while (left.length > 0) {
    const verb: Verb = isMoved ? "undo" : "apply";
    const next: Blow = left.find((blow) => blow.verb === verb) ?? straightRun(verb);
    if (left.includes(next)) left.splice(left.indexOf(next), 1);
    const began = Date.now();
    try {
      const happened = await survive(stage, next, straight);
      if (happened !== null) survived++;
      isMoved = next.way === "apply";
      tell(context, `${next.what}: ${happened}, ${((Date.now() - began) / 1_000).toFixed(1)} s`);
    } catch (error) {
      failures.push(`${next.what}: ${String(error).slice(0, MOST_SAID)}`);
      tell(context, `not survived: ${failures.at(-1)}`);
      await stage[Symbol.asyncDispose]();
      stage = stages.use(await start());
      isMoved = false;
    }
  }
  assert.deepEqual(failures, []);
  assert.ok(survived > 0);
  context.diagnostic(`${survived} survived`);
}

/** A server that does not come up tells its whole log. */
const MOST_SAID = 4_000;

/** A long proof that is broken off leaves in `OUTGROW_CRASH_LOG` what it has come through. */
function tell(context: TestContext, text: string): void {
  context.diagnostic(text);
  const file = process.env.OUTGROW_CRASH_LOG;
  if (file !== undefined) appendFileSync(file, `${context.name.split(":")[0]}: ${text}\n`);
}

function straightRun(verb: Verb): Blow {
  return { verb, way: verb, what: verb, strike: async () => null };
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

async function survive(stage: MoveStage, blow: Blow, { looks }: Straight): Promise<string | null> {
  const happened = await blow.strike(stage);
  try {
    await stage.ended(blow.way);
    await assertClean(stage, blow.way, looks);
  } catch (error) {
    throw new Error(`${happened}: ${error}`, { cause: error });
  }
  return happened;
}

/** Clients commit again, each of their commits is there once, and nothing else is there than after a straight run. */
async function assertClean(stage: MoveStage, verb: Verb, looks: Straight["looks"]): Promise<void> {
  assert.equal(await stage.look(), looks[verb]);
  assert.deepEqual(await stage.faults(verb === "apply" ? "target" : "source"), []);
}
