import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { inGlaze } from "../../lab/postgres/application.ts";
import { binariesOf, serverUser } from "../../lab/postgres/binaries.ts";
import { type MoveLab, startMoveLab } from "../apply/moveScene.ts";
import { assertStopped, FOR_GOOD, LOST, onTarget, takePodAway } from "./lostServer.ts";
import { type MovedGlaze, moveGlaze } from "./movedGlaze.ts";

/** Nobody sits through the minutes in which a host may restart. */
const STEP_MS = 100_000;

test("an old server that is gone: only the word that it is lost gives the way back up, and only once it is silent", async () => {
  await using lab = await startMoveLab();
  await using moved = await moveGlaze(lab);
  const { outgrow, attempt, clock } = moved;
  const there = await onTarget(lab);

  const alive = await outgrow.run("finish", ...LOST);
  assertStopped(
    alive,
    "Stopped at postgres-finish/glaze: default/glaze-postgres is not lost: it fetches rows from the new server at this moment.",
    "  fix: Give up its way back with it: outgrow finish --allow point-of-no-return",
    "  Then go on: outgrow finish --old-server-lost --allow point-of-no-return",
  );

  const { server } = lab.pair.source;
  await server.kill();
  rmSync(join(server.sockets, "data"), { recursive: true, maxRetries: 10, retryDelay: 200 });
  const gone = /^Stopped at postgres-finish\/glaze: default\/glaze-postgres does not answer\. PostgreSQL /;
  await assertAsked(moved, gone);
  await takePodAway(moved);
  const noPod =
    /^Stopped at postgres-finish\/glaze: No pod behind the Service default\/glaze-postgres is ready\.$/m;
  await assertAsked(moved, noPod);
  assert.deepEqual(await onTarget(lab), there, "the way back is kept until the word is given");

  clock.stepMs = STEP_MS;
  const { code, stdout, stderr } = await outgrow.run("finish", ...LOST);
  const name = `outgrow_${attempt}`;
  assert.deepEqual(
    [code, stdout],
    [
      0,
      [
        "Done: 1 step.",
        `  Removed from localhost: role ${name}, slot ${name}_back, publication ${name}_back, schema ${name}.`,
        `  Removed from the cluster: Secret default/outgrow-before-${attempt}.`,
        notRemoved(name),
        "",
      ].join("\n"),
    ],
    stderr,
  );
  assert.match(
    stderr,
    /: nothing was heard of the old server for \d+ \w+; it is taken for lost after 5 min$/m,
  );
  assert.deepEqual(await onTarget(lab), []);
  for (const argv of [LOST, FOR_GOOD]) {
    const again = await outgrow.run("finish", ...argv);
    assert.deepEqual(
      [again.code, again.stdout, again.stderr],
      [0, "glaze is as it is meant to be: nothing to do.\n", "No way back is held open.\n"],
    );
  }
});

test("cluster and old server gone: the new server is freed all the same; should the old one be found, its rows can be read", async () => {
  await using lab = await startMoveLab();
  await using moved = await moveGlaze(lab);
  const { outgrow, scene, attempt, clock } = moved;
  const alone = await outgrow.run("finish", ...FOR_GOOD, "--without-cluster");
  assert.equal(alone.code, 2);
  await scene.lab.stop();

  const vouched = [...LOST, "--without-cluster"];
  const alive = await outgrow.run("finish", ...vouched);
  assert.equal(alive.code, 4, "the old server still fetches rows");
  await lab.pair.source.server.kill();
  const refused = await outgrow.run("finish", ...LOST);
  assert.equal(refused.code, 1);
  assert.match(
    refused.stderr,
    /Wait until it does\. If old database and cluster are gone for good: outgrow finish --allow point-of-no-return --old-server-lost --without-cluster$/m,
  );

  clock.stepMs = STEP_MS;
  const { code, stdout, stderr } = await outgrow.run("finish", ...vouched);
  const name = `outgrow_${attempt}`;
  assert.deepEqual(
    [code, stdout],
    [
      0,
      [
        "Done: 1 step.",
        `  Removed from localhost: role ${name}, slot ${name}_back, publication ${name}_back, schema ${name}.`,
        notRemoved(name),
        `  Not removed, since the cluster is lost: Secret default/outgrow-before-${attempt}. Delete it should it ever come back.`,
        "",
      ].join("\n"),
    ],
    stderr,
  );
  assert.deepEqual(await onTarget(lab), []);
  const again = await outgrow.run("finish", ...vouched);
  assert.deepEqual([again.code, again.stderr], [0, "No way back is held open.\n"]);

  reopen(lab, `SELECT ${name}.reopen();`);
  await lab.pair.source.server.start();
  await inGlaze(lab.pair, async (client) => {
    await client.query("set role glaze; select from entries");
  });
});

async function assertAsked({ outgrow }: MovedGlaze, why: RegExp): Promise<void> {
  const { code, stdout } = await outgrow.run("finish", ...FOR_GOOD);
  assert.equal(code, 4);
  assert.match(stdout, why);
  assert.equal(
    stdout.slice(stdout.indexOf("\n") + 1).replace(/\d+ MiB/, "1 MiB"),
    [
      "  fix: If it only restarts, wait and run it again: the way back is kept, and localhost keeps every change for it, 1 MiB by now.",
      "  If it is lost for good, and the way back with it: outgrow finish --allow point-of-no-return --old-server-lost",
      "  Then go on: outgrow finish --allow point-of-no-return",
      "",
    ].join("\n"),
  );
}

function notRemoved(name: string): string {
  return (
    `  Not removed, since default/glaze-postgres is lost: role ${name}, subscription ${name}_back, schema ${name}. ` +
    `Should it ever run again, it lets nobody in; to read its old rows open it in single-user mode (postgres --single): SELECT ${name}.reopen();`
  );
}

/** As a person would who has found the volume, and no role that may log in. */
function reopen({ pair }: MoveLab, sql: string): void {
  const { major, sockets } = pair.source.server;
  const data = join(sockets, "data");
  rmSync(join(data, "postmaster.pid"), { force: true });
  const options = { ...serverUser(), cwd: sockets, input: `${sql}\n`, stdio: "pipe" } as const;
  execFileSync(join(binariesOf(major), "postgres"), ["--single", "-D", data, "glaze"], options);
}
