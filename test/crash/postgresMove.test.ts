import assert from "node:assert/strict";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { type Ended, runChild } from "../../lab/crash/matrix.ts";
import { type CrashOrder, type CrashReport, PLAN_FILE } from "../../lab/crash/order.ts";
import type { Snapshot } from "../../lab/kube/store.ts";
import { createGlaze, inGlaze, inMoved } from "../../lab/postgres/application.ts";
import { databaseUrl, endpointAt } from "../../lab/postgres/clusterMove.ts";
import { faultsOf, startWriters, type Writers } from "../../lab/postgres/writers.ts";
import { tempFolder } from "../../lab/temp.ts";
import { waitFor } from "../../lab/waitFor.ts";
import type { Plan } from "../../src/model/plan.ts";
import {
  lookAt,
  type MoveScene,
  planOf,
  secretsOfScene,
  setMoveScene,
  startMoveLab,
} from "../apply/moveScene.ts";

type Verb = CrashOrder["verb"];
type Driver = "subscription" | "offline";

/** Every boundary takes hours; one of each kind of crash, spread over all of it, is tried each time. */
const isLong = process.env.OUTGROW_LONG !== undefined;
const DRIVERS: readonly Driver[] = isLong ? ["subscription", "offline"] : ["subscription"];
const STRIDE = Number(process.env.OUTGROW_CRASH_STRIDE ?? 1);
const FIRST = Number(process.env.OUTGROW_CRASH_FIRST ?? 1);

/** The lock of the dead is outlived in a second; the hosts' clocks run as ours does. */
const CLOCK = { speed: 1, lockMs: 1_000 };
const PATIENCE_MS = 240_000;

const SCHEMA = `
  create table things (id int primary key, name text);
  insert into things select g, 'thing ' || g from generate_series(1, 500) g;
  create index things_name on things (name);
`;

describe("the whole tool, killed while it moves a database", () => {
  const kept = new AsyncDisposableStack();
  const folder = kept.use(tempFolder("crash-move")).path;
  let scene: MoveScene;
  let furnished: Snapshot;
  let sshConfigFile: string;
  before(async () => {
    const lab = kept.use(await startMoveLab());
    sshConfigFile = lab.sshd.clientConfig;
    await createGlaze(lab.pair, SCHEMA);
    scene = kept.use(await setMoveScene(lab));
    furnished = await scene.lab.snapshot();
    writeFileSync(join(folder, "secrets.json"), JSON.stringify(secretsOfScene(scene)), { mode: 0o600 });
  });
  after(() => kept.disposeAsync());

  for (const driver of DRIVERS) {
    test(`${driver}: at any journal write, statement, write to the cluster or command of a host: one of two clean worlds, and no commit lost`, async (context) => {
      const plan = withDriver(await freshPlan(), driver);
      const start = await lookAt(scene);
      const there = await ended("apply", plan);
      const moved = await lookAt(scene);
      assert.notEqual(moved, start);
      const back = await ended("undo", plan);
      assert.equal(await lookAt(scene), start);
      const wanted = { apply: moved, undo: start };
      assert.ok(there.boundaries.length > 60, `only ${there.boundaries.length} boundaries`);

      let crashes = 0;
      for (const [verb, names] of [
        ["apply", there.boundaries],
        ["undo", back.boundaries],
      ] as const) {
        for (const [way, at] of crashesOf(verb, names.length)) {
          if (await survives(plan, { verb, at, way, what: names[at - 1] ?? "" }, wanted)) crashes++;
        }
      }
      assert.ok(crashes > 0);
      const counts = [there, back].map(({ boundaries }) => boundaries.length);
      context.diagnostic(`${crashes} crashes; boundaries of apply and undo: ${counts}`);
    });
  }

  interface Crash {
    readonly verb: Verb;
    /** Which boundary, from 1. */
    readonly at: number;
    /** How it goes on from there. */
    readonly way: Verb;
    readonly what: string;
  }

  /** Dies there and goes on that way, under writes; false when that run had fewer boundaries and came to its end. */
  async function survives(
    plan: Plan,
    { verb, at, way, what }: Crash,
    wanted: Readonly<Record<Verb, string>>,
  ): Promise<boolean> {
    const said = `${verb} killed ${what} (${at}), then ${way}`;
    await freshPlan();
    if (verb === "undo") await ended("apply", plan);
    let url = await databaseUrl(scene.kube);
    const watching = setInterval(async () => {
      url = await databaseUrl(scene.kube).catch(() => url);
    }, 20);
    await using writers = startWriters({ endpoint: () => endpointAt(url, scene.pair), clients: 2 });
    try {
      await moreCommits(writers, said);
      const { signal } = await run(verb, plan, at);
      await ended(way, plan, said);
      await moreCommits(writers, said);
      assert.equal(await lookAt(scene), wanted[way], said);
      const ledger = await writers.stop();
      const look = way === "apply" ? inMoved : inGlaze;
      assert.deepEqual(await look(scene.pair, (client) => faultsOf(client, ledger)), [], said);
      if (way === "apply") await ended("undo", plan, `${said}, and home again`);
      assert.equal(await lookAt(scene), wanted.undo, `${said}, and home again`);
      return signal !== null;
    } finally {
      clearInterval(watching);
    }
  }

  /** The world as it was first, with a plan for it. */
  async function freshPlan(): Promise<Plan> {
    await createGlaze(scene.pair, SCHEMA);
    await scene.lab.restore(furnished);
    rmSync(join(folder, "run"), { recursive: true, force: true });
    mkdirSync(join(folder, "run"));
    return planOf(scene);
  }

  function run(verb: Verb, plan: Plan, killAt: number): Promise<Ended> {
    writeFileSync(join(folder, "run", PLAN_FILE), JSON.stringify(plan));
    const order: CrashOrder = {
      verb,
      killAt,
      ...CLOCK,
      folder: join(folder, "run"),
      kubeconfig: scene.lab.kubeconfig,
      sshConfigFile,
      secretsFile: join(folder, "secrets.json"),
    };
    return runChild(order, PATIENCE_MS);
  }

  async function ended(verb: Verb, plan: Plan, said: string = verb): Promise<CrashReport> {
    const { signal, stdout, stderr } = await run(verb, plan, 0);
    assert.equal(signal, null, `${said} did not come to its end: ${stderr.slice(-2_000)}`);
    const report = JSON.parse(stdout || "{}") as CrashReport;
    const isAtItsEnd = ["done", "nothing-to-do"].includes(report.outcome?.kind);
    assert.ok(isAtItsEnd, `${said}: ${JSON.stringify(report.outcome)} ${stderr.slice(-2_000)}`);
    return report;
  }
});

async function moreCommits(writers: Writers, said: string): Promise<void> {
  const count = writers.count();
  await waitFor(`commits: ${said}`, () => writers.count() > count + 5 || undefined);
}

function withDriver(plan: Plan, driver: Driver): Plan {
  const steps = plan.steps.map((step) =>
    step.kind === "postgres-move" ? { ...step, params: { ...step.params, driver } } : step,
  );
  return { ...plan, steps };
}

/** Both ways on from every boundary; or, where time is short, a few of them. */
function crashesOf(verb: Verb, count: number): readonly (readonly [way: Verb, at: number])[] {
  if (!isLong) return SAMPLES[verb].map(([way, share]) => [way, Math.ceil(count * share)]);
  const all = Array.from({ length: count }, (_, index) => 1 + index).filter(
    (at) => at >= FIRST && (at - FIRST) % STRIDE === 0,
  );
  return all.flatMap((at) => [["apply", at] as const, ["undo", at] as const]);
}

const SAMPLES: Readonly<Record<Verb, readonly (readonly [way: Verb, share: number])[]>> = {
  apply: [
    ["apply", 0.7],
    ["undo", 0.4],
  ],
  // Where a way home was begun and writes were not held yet: it once left a slot behind.
  undo: [["apply", 0.25]],
};
