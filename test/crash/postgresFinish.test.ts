import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type Ended, runChild } from "../../lab/crash/matrix.ts";
import type { CrashOrder, CrashReport } from "../../lab/crash/order.ts";
import { reportOf, WELL } from "../../lab/crash/report.ts";
import type { Snapshot } from "../../lab/kube/store.ts";
import { createGlaze } from "../../lab/postgres/application.ts";
import { followEndpoint } from "../../lab/postgres/clusterMove.ts";
import { commitFaults } from "../../lab/postgres/commits.ts";
import { type SavedServers, savePair } from "../../lab/postgres/savedServer.ts";
import { startWriters } from "../../lab/postgres/writers.ts";
import { tempFolder } from "../../lab/temp.ts";
import type { Plan } from "../../src/model/plan.ts";
import { finishPlan } from "../../src/plan/finishPlan.ts";
import { sha256 } from "../../src/store/hash.ts";
import {
  assertNothingLeft,
  lookAt,
  type MoveScene,
  planOf,
  setMoveScene,
  startMoveLab,
} from "../apply/moveScene.ts";
import { createRunFolder, type RunFolder } from "./runFolder.ts";
import { boundariesAt } from "./slice.ts";

/** Every boundary takes long; a few, spread over all of it, are tried each time. */
const SAMPLES = [0.3, 0.6, 0.85];

/** The lock of the dead is outlived in a second; the hosts' clocks run as ours does. */
const CLOCK = { speed: 1, lockMs: 1_000 };
const PATIENCE_MS = 240_000;

describe("the whole tool, killed while it gives up the way back of a move", () => {
  const kept = new AsyncDisposableStack();
  const folder = kept.use(tempFolder("crash-finish")).path;
  let scene: MoveScene;
  let runs: RunFolder;
  let start: string;
  let cluster: Snapshot;
  let servers: SavedServers;
  let plan: Plan;
  before(async () => {
    const lab = kept.use(await startMoveLab());
    await createGlaze(lab.pair);
    scene = kept.use(await setMoveScene(lab));
    start = await lookAt(scene);
    runs = createRunFolder(folder, scene, lab.sshd.clientConfig);
    await ended("apply", await planOf(scene));
    plan = planToFinish();
    runs.save();
    cluster = await scene.lab.snapshot();
    servers = await savePair(lab.pair);
  });
  after(() => kept.disposeAsync());

  test("at any journal write, statement or write to the cluster it goes on, and no commit is lost", async (context) => {
    const { boundaries } = await ended("apply", plan);
    const finished = await lookAt(scene);
    await assertNothingLeft(scene);
    assert.ok(boundaries.length > 30, `only ${boundaries.length} boundaries`);
    let crashes = 0;
    for (const at of boundariesAt(SAMPLES, boundaries.length)) {
      if (await survives(at, boundaries[at - 1] ?? "", finished)) crashes++;
    }
    assert.ok(crashes > 0);
    context.diagnostic(`${crashes} crashes survived, at ${boundaries.length} boundaries`);
  });

  /**
   * Dies there under writes; whoever would go back then is told that it cannot be, and changes nothing, unless the
   * deed had not begun. False when that run had fewer boundaries and came to its end.
   */
  async function survives(at: number, what: string, finished: string): Promise<boolean> {
    const said = `killed ${what} (${at})`;
    await setBack();
    using application = await followEndpoint(scene);
    await using writers = startWriters({ endpoint: application.endpoint, clients: 2 });
    await writers.more(5, said);
    const { signal } = await launch("apply", plan, at);
    const isBack = at % 2 === 0 && (await ended("undo", plan, said)).outcome.kind === "done";
    if (!isBack) await ended("apply", plan, said);
    await writers.more(5, said);
    const ledger = await writers.stop();
    const side = isBack ? "source" : "target";
    assert.deepEqual(await commitFaults(scene.pair, side, ledger), [], said);
    assert.equal(await lookAt(scene), isBack ? start : finished, said);
    if (!isBack) await assertNothingLeft(scene);
    return signal !== null;
  }

  /** The world in which the move is done and can still be taken back. */
  async function setBack(): Promise<void> {
    await servers.load();
    await scene.lab.restore(cluster);
    runs.load();
  }

  /** As `outgrow finish` makes it, from the journal. */
  function planToFinish(): Plan {
    const sources = { cluster: "lab", hash: sha256, now: Date.now(), without: [] };
    return finishPlan(runs.standing(), sources);
  }

  function launch(verb: CrashOrder["verb"], what: Plan, killAt: number): Promise<Ended> {
    return runChild(runs.orderFor(what, { verb, killAt, ...CLOCK }), PATIENCE_MS);
  }

  async function ended(verb: CrashOrder["verb"], what: Plan, said: string = verb): Promise<CrashReport> {
    return reportOf(`${said}: ${verb}`, await launch(verb, what, 0), [...WELL, "end-of-undo"]);
  }
});
