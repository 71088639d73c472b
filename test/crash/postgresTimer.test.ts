import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, test } from "node:test";
import { inClosed, inMoved } from "../../lab/postgres/application.ts";
import { waitFor } from "../../lab/waitFor.ts";
import { runNames } from "../../src/postgres/runNames.ts";
import { type Driver, type MoveStage, startMoveStage } from "./moveStage.ts";
import type { Verb } from "./moveWalk.ts";

const isLong = process.env.OUTGROW_LONG !== undefined;
/** The one whose writes are held soonest, and longest. */
const DRIVERS: readonly Driver[] = isLong ? ["subscription", "provider", "offline"] : ["offline"];

/** Long enough for a run on a busy machine to come from its last write to the switch. */
const HOLD_MS = 6_000;
const PATIENCE_MS = 30_000;

/** From here on writes are held. */
const HELD = String.raw`^after select .*\.hold\(\)`;

describe("writes that are held are given back", () => {
  for (const driver of DRIVERS) {
    test(`${driver}: by the timer on the host when the tool is killed; apply goes on, undo goes back`, async () => {
      await using stage = await startStage(driver);
      const home = await stage.look();
      await killWhileHeld(stage, "apply");
      await stage.ended("apply");
      assert.notEqual(await stage.look(), home);
      assert.deepEqual(await stage.faults("target"), []);
      if (isLong) await killWhileHeld(stage, "undo");
      await stage.ended("undo");
      assert.equal(await stage.look(), home);
      assert.deepEqual(await stage.faults("source"), []);
    });
  }

  test("by the timer when the tool cannot come back to the host, and by the tool when it can", {
    skip: !isLong,
  }, async () => {
    await using stage = await startStage("subscription");
    const home = await stage.look();
    for (const verb of ["apply", "undo"] as const) {
      await partWhileHeld(stage, verb);
      await cutWhileHeld(stage, verb);
      await stage.ended(verb);
    }
    assert.equal(await stage.look(), home);
    assert.deepEqual(await stage.faults("source"), []);
  });
});

function startStage(driver: Driver): Promise<MoveStage> {
  return startMoveStage({ driver, schema: "", holdLimitMs: HOLD_MS });
}

async function killWhileHeld(stage: MoveStage, verb: Verb): Promise<void> {
  const child = await stage.standing(verb, HELD);
  const timer = timerOf(stage, verb);
  child.kill();
  assert.equal((await child.ended).signal, "SIGKILL");
  await waitFor("its connection to end with it", () => stage.way.count() === 0 || undefined);
  await untilFired(stage, timer);
}

async function partWhileHeld(stage: MoveStage, verb: Verb): Promise<void> {
  const child = await stage.standing(verb, HELD);
  const timer = timerOf(stage, verb);
  stage.way.plan({ kind: "refuse" });
  stage.sshd.cutSessions();
  child.kill("SIGCONT");
  assert.equal(failureOf((await child.ended).stdout), "unreachable");
  await untilFired(stage, timer);
  stage.way.heal();
}

async function cutWhileHeld(stage: MoveStage, verb: Verb): Promise<void> {
  const child = await stage.standing(verb, HELD);
  const timer = timerOf(stage, verb);
  stage.sshd.cutSessions();
  child.kill("SIGCONT");
  assert.equal(failureOf((await child.ended).stdout), "unreachable");
  assert.deepEqual(await recordOf(stage, timer), { writes: "open", hold: timer.hold });
  assert.deepEqual(timersOf(stage, verb), []);
  await stage.look();
}

function failureOf(stdout: string): unknown {
  return JSON.parse(stdout).outcome.failure?.code;
}

/** One that sleeps on the host, for one hold of one side. */
interface Timer {
  readonly verb: Verb;
  readonly id: string;
  readonly hold: number;
}

/** The only one, which goes through the pod. */
function timerOf(stage: MoveStage, verb: Verb): Timer {
  const [line = "", ...others] = timersOf(stage, verb);
  assert.deepEqual(others, []);
  assert.match(line, / k3s kubectl exec -i -n default \S+ -c postgres -- sh -c /);
  const [, id = "", hold] = / outgrow-timer (\w+) (\d+) /.exec(line) ?? [];
  return { verb, id, hold: Number(hold) };
}

/** Waits until it has let go of its hold and nothing of ours is at work on the host; then clients commit again. */
async function untilFired(stage: MoveStage, timer: Timer): Promise<void> {
  const { verb, hold } = timer;
  const isOpen = async () => (await recordOf(stage, timer)).writes === "open" || undefined;
  await waitFor("the timer to let go", isOpen, HOLD_MS + PATIENCE_MS);
  assert.equal((await recordOf(stage, timer)).hold, hold);
  await waitFor("it to end", () => timersOf(stage, verb).length === 0 || undefined);
  await stage.look();
}

interface WriteRecord {
  readonly writes: string;
  readonly hold: number;
}

/** Of the side that is left. */
async function recordOf({ scene: { pair } }: MoveStage, { verb, id }: Timer): Promise<WriteRecord> {
  const sql = `select writes, hold from ${runNames(id).schema}.record`;
  const { rows } =
    verb === "apply"
      ? await inClosed(pair, id, (client) => client.query(sql))
      : await inMoved(pair, (client) => client.query(sql));
  return rows[0];
}

/** Processes of ours for the side that is left; other tests have theirs on this host too. */
function timersOf({ scene: { pair } }: MoveStage, verb: Verb): readonly string[] {
  const { port } = pair[verb === "apply" ? "source" : "target"].server;
  const { stdout } = spawnSync("pgrep", ["-af", `^sh -c .* outgrow.* --port=${port} `], { encoding: "utf8" });
  return stdout.split("\n").filter((line) => line !== "");
}
