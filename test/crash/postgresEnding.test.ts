import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { STOPS } from "../../lab/crash/boundaries.ts";
import { type Child, startChild } from "../../lab/crash/matrix.ts";
import type { CrashOrder, CrashReport } from "../../lab/crash/order.ts";
import { reportOf } from "../../lab/crash/report.ts";
import type { Snapshot } from "../../lab/kube/store.ts";
import { createGlaze, inMoved } from "../../lab/postgres/application.ts";
import { databaseUrl } from "../../lab/postgres/clusterMove.ts";
import { type SavedServers, saveServers } from "../../lab/postgres/savedServer.ts";
import { tempFolder } from "../../lab/temp.ts";
import { ask } from "../../src/kube/ask.ts";
import type { Plan } from "../../src/model/plan.ts";
import { endingPlan } from "../../src/plan/finishPlan.ts";
import { sha256 } from "../../src/store/hash.ts";
import { lookAt, type MoveScene, planOf, setMoveScene, startMoveLab } from "../apply/moveScene.ts";
import { createRunFolder, type RunFolder } from "./runFolder.ts";
import { boundariesAt } from "./slice.ts";

/** Every boundary takes long; a few, spread over all of it, are tried each time. */
const SAMPLES = [0.2, 0.4, 0.6, 0.8];

/** The silence of the lost is over in five seconds, the lock of the dead in one. */
const CLOCK = { speed: 60, lockMs: 60_000 };
const PATIENCE_MS = 120_000;

describe("the whole tool, killed while it ends a half-done move without its old server", () => {
  const kept = new AsyncDisposableStack();
  const folder = kept.use(tempFolder("crash-ending")).path;
  let scene: MoveScene;
  let runs: RunFolder;
  let cluster: Snapshot;
  let target: SavedServers;
  let plan: Plan;
  before(async () => {
    const lab = kept.use(await startMoveLab());
    await createGlaze(lab.pair, "create table things (id int); insert into things values (1)");
    scene = kept.use(await setMoveScene(lab));
    runs = createRunFolder(folder, scene, lab.sshd.clientConfig);
    await dieBefore("select .*reopen", await planOf(scene));
    await lab.pair.source.server.kill();
    plan = planToEnd();
    assert.equal(plan.steps.length, 1);
    runs.save();
    cluster = await scene.lab.snapshot();
    target = await saveServers([lab.pair.target.server]);
  });
  after(() => kept.disposeAsync());

  test("at any journal write, statement, command or write to the cluster it goes on, and the application is led to every row", async (context) => {
    const { boundaries } = await ended(plan);
    const wanted = await lookAt(scene);
    await assertServes("straight");
    assert.ok(boundaries.length > 15, `only ${boundaries.length} boundaries`);
    let crashes = 0;
    const meant = boundariesAt(SAMPLES, boundaries.length);
    for (const at of meant) {
      const said = `killed ${boundaries[at - 1]} (${at})`;
      await setBack();
      const { signal } = await launch(plan, { killAt: at }).ended;
      if (signal !== null) crashes++;
      await ended(plan, said);
      assert.equal(await lookAt(scene), wanted, said);
      await assertServes(said);
    }
    // What looks at a clock may take one look less.
    assert.ok(crashes >= meant.length - 1, `${crashes} of ${meant.length}`);
    context.diagnostic(`${crashes} crashes survived, at ${boundaries.length} boundaries`);
  });

  /** Every row is there to be added to, and who reads the new address was restarted with it. */
  async function assertServes(said: string): Promise<void> {
    assert.equal((await databaseUrl(scene.kube)).hostname, "localhost", said);
    const path = "/apis/apps/v1/namespaces/default/deployments/web";
    const web = await ask<object>(scene.kube, { method: "GET", path });
    assert.match(JSON.stringify(web), /"outgrow\.dev\/database":"[0-9a-f]{12} target /, said);
    await inMoved(scene.pair, async (client) => {
      await client.query("set role glaze; insert into things values (2)");
      const { rows } = await client.query("select id from things order by id");
      assert.deepEqual(rows, [{ id: 1 }, { id: 2 }], said);
    });
  }

  /** The world in which the decision fell, was not carried out, and is known to nobody any more. */
  async function setBack(): Promise<void> {
    await target.load();
    await scene.lab.restore(cluster);
    runs.load();
  }

  /** As `outgrow finish` makes it, from the journal. */
  function planToEnd(): Plan {
    const without = ["old-server", "later-rows"] as const;
    const sources = { cluster: "lab", hash: sha256, now: Date.now(), without };
    return endingPlan(runs.standing(), sources);
  }

  async function dieBefore(boundary: string, what: Plan): Promise<void> {
    const { promise: stands, resolve } = Promise.withResolvers<void>();
    const order = { stopAt: `^before ${boundary}`, speed: 1 };
    const child = launch(what, order, (news) => {
      if (news.startsWith(STOPS)) resolve();
    });
    const end = await Promise.race([stands, child.ended]);
    if (end !== undefined) assert.fail(`it did not stand still: ${JSON.stringify(end)}`);
    child.kill();
    await child.ended;
  }

  function launch(what: Plan, more: Partial<CrashOrder>, hear?: (news: string) => void): Child {
    const order = runs.orderFor(what, { verb: "apply", killAt: 0, ...CLOCK, ...more });
    return startChild(order, PATIENCE_MS, hear);
  }

  async function ended(what: Plan, said = "apply"): Promise<CrashReport> {
    return reportOf(said, await launch(what, {}).ended);
  }
});
