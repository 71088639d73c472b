import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { inClosed, inGlaze } from "../../lab/postgres/application.ts";
import { databaseUrl } from "../../lab/postgres/clusterMove.ts";
import { leftovers } from "../../lab/postgres/leftovers.ts";
import { waitFor } from "../../lab/waitFor.ts";
import { startMoveLab } from "../apply/moveScene.ts";
import {
  assertFinished,
  assertServes,
  assertStopped,
  bringBackup,
  brokenOff,
  FOR_GOOD,
  isFetched,
  LATER_LOST,
  LOST,
  mayLogIn,
  notRemoved,
  notWhole,
  onTarget,
  removed,
  SCHEMA,
  setReady,
  takePodAway,
  undecided,
  withoutTime,
} from "./lostServer.ts";
import { FOR_MOVE, stageGlaze } from "./movedGlaze.ts";

/** Each test loses an old server while a move is under way; nobody sits through the minutes in which a host may restart. */
const STEP_MS = 100_000;

test("lost while the application is rolled out: it comes up on the new server, and nothing of the move stays", async () => {
  await using lab = await startMoveLab();
  await using stage = await stageGlaze(lab, SCHEMA);
  const { outgrow, clock } = stage;
  await setReady(stage, false);
  const broken = await brokenOff(stage, /: web: /, "apply", stage.plan, ...FOR_MOVE);
  assert.match(broken.stdout, /^Stopped at postgres-move\/glaze: /);
  const there = await onTarget(lab);

  const alive = await outgrow.run("finish", ...LOST);
  assertStopped(
    alive,
    "Stopped at postgres-move/glaze: default/glaze-postgres is not lost: it fetches rows from the new server at this moment.",
    "  fix: Go on with it: outgrow apply. Or back: outgrow undo",
    "  Then go on: outgrow finish --old-server-lost --allow point-of-no-return",
  );
  await lab.pair.source.server.kill();
  await takePodAway(stage);
  for (const [verb, ...words] of [
    ["apply", ...FOR_MOVE],
    ["undo", ...FOR_MOVE],
  ] as const) {
    const stuck = await outgrow.run(verb, ...words);
    assert.equal(stuck.code, 4);
    assert.match(
      stuck.stdout,
      /^ {2}fix: .* If the old server is lost for good: outgrow finish --old-server-lost\.$/m,
    );
  }
  const asked = await outgrow.run("finish", "--old-server-lost");
  assert.equal(asked.code, 3);
  assert.deepEqual(await onTarget(lab), there);

  await setReady(stage, true);
  clock.stepMs = STEP_MS;
  await assertFinished(stage, lab, await outgrow.run("finish", ...LOST));
  await assertServes(stage, lab);
  const plan = await outgrow.run("plan");
  assert.equal(plan.stdout, "glaze is as it is meant to be: nothing to do.\n", plan.stderr);
});

test("lost between the decision and its deed: only the word that later rows are lost too opens the new server", async () => {
  await using lab = await startMoveLab();
  await using stage = await stageGlaze(lab, SCHEMA);
  const { outgrow, clock } = stage;
  await brokenOff(stage, /: open$/m, "apply", stage.plan, ...FOR_MOVE);
  await lab.pair.source.server.kill();
  const there = await onTarget(lab);
  // Though no plan can be made while that server does not answer.
  const stuck = await outgrow.run("apply", ...FOR_MOVE);
  assert.equal(stuck.code, 4, stuck.stderr);
  assert.match(stuck.stdout, /If the old server is lost for good: outgrow finish --old-server-lost\.$/m);

  clock.stepMs = STEP_MS;
  const told = await outgrow.run("finish", ...LOST);
  assert.deepEqual([told.code, withoutTime(told.stdout)], [4, undecided(LATER_LOST)]);
  assert.deepEqual(await onTarget(lab), there, "nothing was opened");
  assert.equal((await databaseUrl(stage.scene.kube)).hostname, "glaze-postgres");

  await assertFinished(stage, lab, await outgrow.run("finish", ...LATER_LOST));
  await assertServes(stage, lab);
});

test("lost just before the decision: the same; and with it the cluster", async () => {
  await using lab = await startMoveLab();
  await using stage = await stageGlaze(lab, SCHEMA);
  const { outgrow, clock, scene } = stage;
  const { server } = lab.pair.source;
  let killed = Promise.resolve();
  stage.when(/: switch$/m, () => {
    // All of it at once: a child that outlives its postmaster might still decide.
    process.kill(server.pid(), "SIGSTOP");
    execFileSync("pkill", ["-KILL", "-P", String(server.pid())]);
    killed = server.kill();
  });
  const broken = await outgrow.run("apply", stage.plan, ...FOR_MOVE);
  await killed;
  assert.equal(broken.code, 4, broken.stdout);
  const attempt = await stage.attempt();
  await scene.lab.stop();
  clock.stepMs = STEP_MS;
  const alone = ["--without-cluster"];
  const told = await outgrow.run("finish", ...LOST, ...alone);
  assert.deepEqual([told.code, withoutTime(told.stdout)], [4, undecided([...LATER_LOST, ...alone])]);
  const { code, stdout, stderr } = await outgrow.run("finish", ...LATER_LOST, ...alone);
  const name = `outgrow_${attempt}`;
  assert.deepEqual(
    [code, stdout],
    [
      0,
      [
        "Done: 2 steps.",
        removed(name),
        notRemoved(name),
        `  Not removed, since the cluster is lost: Service default/outgrow-${attempt}, Secret default/outgrow-before-${attempt}. Delete it should it ever come back.`,
        "",
      ].join("\n"),
    ],
    stderr,
  );
  assert.equal(await mayLogIn(lab), true);
  assert.deepEqual(await onTarget(lab), []);
});

test("lost before all was proved: nothing is opened, and when it is back the move goes on", async () => {
  await using lab = await startMoveLab();
  await using stage = await stageGlaze(lab, SCHEMA);
  const { outgrow, clock } = stage;
  await brokenOff(stage, /: prepare$/m, "apply", stage.plan, ...FOR_MOVE);
  const unbegun = await outgrow.run("finish", ...LOST);
  assert.deepEqual([unbegun.code, unbegun.stdout], [4, notWhole(LOST)]);
  await brokenOff(stage, /: fence$/m, "apply", ...FOR_MOVE);
  const alive = await outgrow.run("finish", ...LOST);
  assert.match(
    alive.stdout,
    /^Stopped at postgres-move\/glaze: default\/glaze-postgres is not lost: it answers\.$/m,
  );
  await lab.pair.source.server.kill();
  const there = await onTarget(lab);
  clock.stepMs = STEP_MS;
  for (const words of [LOST, LATER_LOST]) {
    const { code, stdout } = await outgrow.run("finish", ...words);
    assert.deepEqual([code, stdout], [4, notWhole(words)]);
  }
  assert.deepEqual(await onTarget(lab), there);
  clock.stepMs = 0;
  await lab.pair.source.server.start();
  const { code, stdout } = await outgrow.run("apply", ...FOR_MOVE);
  assert.equal(code, 0, stdout);
  await assertServes(stage, lab);
  await lab.pair.source.server.stop();
});

test("lost, and brought back from a backup: undo takes the move back", async () => {
  await using lab = await startMoveLab();
  await using stage = await stageGlaze(lab, SCHEMA);
  await brokenOff(stage, /: open$/m, "apply", stage.plan, ...FOR_MOVE);
  await bringBackup(lab, await stage.attempt());
  const { code, stdout, stderr } = await stage.outgrow.run("undo", ...FOR_MOVE);
  assert.equal(code, 0, `${stdout}${stderr}`);
  assert.equal((await databaseUrl(stage.scene.kube)).hostname, "glaze-postgres");
  assert.deepEqual(await inGlaze(lab.pair, leftovers), []);
  await assert.rejects(lab.pair.target.superuser("glaze"), /does not exist/);
});

test("lost on the way home: what the old server took since the switch back is told, and left only by a word of its own", async () => {
  await using lab = await startMoveLab();
  await using stage = await stageGlaze(lab, SCHEMA);
  const { outgrow, clock } = stage;
  const applied = await outgrow.run("apply", stage.plan, ...FOR_MOVE);
  assert.equal(applied.code, 0, applied.stdout);
  await brokenOff(stage, /: open$/m, "undo", ...FOR_MOVE);
  await lab.pair.source.server.kill();
  clock.stepMs = STEP_MS;
  const told = await outgrow.run("finish", ...LOST);
  assert.equal(told.code, 4);
  assert.match(
    told.stdout,
    /^Stopped at postgres-move\/glaze: glaze was on its way home: localhost has every row up to the switch back, and none of those that default\/glaze-postgres took since then\.$/m,
  );
  await assertFinished(stage, lab, await outgrow.run("finish", ...LATER_LOST), { touched: true });
  await assertServes(stage, lab);
});

test("restored from before the switch: undo leaves the new server, and finish ends the move without the old one", async () => {
  await using lab = await startMoveLab();
  await using stage = await stageGlaze(lab, SCHEMA);
  const { outgrow, clock } = stage;
  const applied = await outgrow.run("apply", stage.plan, ...FOR_MOVE);
  assert.equal(applied.code, 0, applied.stdout);
  const attempt = await stage.attempt();
  await inClosed(lab.pair, attempt, async (client) => {
    await client.query(`alter subscription outgrow_${attempt}_back disable`);
    await client.query(`select outgrow_${attempt}.reopen()`);
  });
  // Who is disabled while nothing comes hears of it a few seconds later.
  await waitFor("the old server to fetch no more", async () => ((await isFetched(lab)) ? undefined : true));
  const back = await outgrow.run("undo", ...FOR_MOVE);
  assert.equal(back.code, 4);
  assert.match(
    back.stdout,
    /If the old data is lost, keep the new server: outgrow finish --old-server-lost\.$/m,
  );
  clock.stepMs = STEP_MS;
  await assertFinished(stage, lab, await outgrow.run("finish", ...LOST));
  await assertServes(stage, lab);
});

test("broken off itself, it goes on, by finish or apply, and asks nothing again", async () => {
  await using lab = await startMoveLab();
  await using stage = await stageGlaze(lab, SCHEMA);
  const { outgrow, clock } = stage;
  await brokenOff(stage, /: open$/m, "apply", stage.plan, ...FOR_MOVE);
  await lab.pair.source.server.kill();
  await setReady(stage, false);
  clock.stepMs = STEP_MS;
  await brokenOff(stage, /: web: /, "finish", ...LATER_LOST);
  const back = await outgrow.run("undo");
  assert.equal(
    back.stdout,
    "0 steps taken back. postgres-move/glaze is where the way back ends: it has begun, and cannot be undone.\n",
  );
  const { server } = lab.pair.source;
  await server.start();
  await setReady(stage, true);
  const gone = await outgrow.run("apply", ...FOR_GOOD);
  assert.equal(gone.code, 0, gone.stdout);
  assert.doesNotMatch(gone.stderr, /nothing was heard/);
  await waitFor("the old server to fetch rows again", () => isFetched(lab));
  const lives = await outgrow.run("finish", ...FOR_GOOD);
  assertStopped(
    lives,
    "Stopped at postgres-finish/glaze: default/glaze-postgres runs again, and fetches rows from localhost, which serves without it.",
    "  fix: Stop it for good, and let no application write to it. Then run it again.",
    "  Then go on: outgrow finish --allow point-of-no-return",
  );
  await server.stop();
  await assertFinished(stage, lab, await outgrow.run("finish", ...FOR_GOOD), { steps: 1 });
  await assertServes(stage, lab);
});
