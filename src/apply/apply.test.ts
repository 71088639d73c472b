import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { tempFolder } from "../../lab/temp.ts";
import {
  createScene,
  killedAt,
  openRun,
  type RunOptions,
  type Scene,
  stepNamed,
} from "../../test/apply/scene.ts";
import { OutgrowError } from "../model/error.ts";
import type { Plan } from "../model/plan.ts";
import { apply } from "./apply.ts";
import { openAlone } from "./openAlone.ts";
import type { RunResult } from "./result.ts";
import { undo } from "./undo.ts";

const STEPS = [
  stepNamed("one"),
  stepNamed("two", { needs: ["one"] }),
  stepNamed("three", { needs: ["two"] }),
];

async function applied(scene: Scene, plan: Plan, file: string, options?: RunOptions): Promise<RunResult> {
  using run = openRun(scene, file, options);
  return await apply(plan, run);
}

async function undone(scene: Scene, file: string, options?: RunOptions): Promise<RunResult> {
  using run = openRun(scene, file, options);
  return await undo(run);
}

function journalIn(folder: { readonly path: string }): string {
  return join(folder.path, "glaze.journal");
}

test("steps are done in order, each written down before and after, and the next plan is empty", async () => {
  using folder = tempFolder("apply");
  const scene = createScene(STEPS);
  const result = await applied(scene, scene.plan(), journalIn(folder));
  assert.deepEqual(result.outcome, { kind: "done" });
  assert.deepEqual(scene.deeds, ["run one", "run two", "run three"]);
  assert.deepEqual(
    scene.mirror.journal?.entries.map(({ stepId, event }) => `${stepId} ${event.kind}`),
    ["one started", "one done", "two started", "two done", "three started", "three done"],
  );
  assert.deepEqual(scene.plan().steps, []);
});

test("what is so already is found, and undo leaves it", async () => {
  using folder = tempFolder("apply");
  const scene = createScene(STEPS);
  const plan = scene.plan();
  const byHand = { ...plan, basis: planAfter(scene, "two").basis };
  const result = await applied(scene, byHand, journalIn(folder));
  assert.deepEqual(
    result.steps.map(({ result: each }) => each),
    ["done", "found", "done"],
  );
  assert.deepEqual((await undone(scene, journalIn(folder))).outcome, { kind: "done" });
  assert.deepEqual(scene.deeds.slice(-2), ["undo three", "undo one"]);
  assert.equal(scene.cells.get("two a"), "new");
  scene.cells.set("two a", "old");
  assert.deepEqual((await applied(scene, scene.plan(), journalIn(folder))).outcome, { kind: "done" });
});

test("what was found is looked at anew after undo", async () => {
  using folder = tempFolder("apply");
  const scene = createScene(STEPS);
  const plan = scene.plan();
  const isFound = { state: "done", outputs: {} } as const;
  const { "node-open": good } = handlersThat(scene, folder, {});
  assert.ok(good !== undefined);
  const probe: typeof good.probe = async (task) => (task.id === "two" ? isFound : good.probe(task));
  const handlers = { "node-open": { ...good, probe } };
  const replan = async () => ({
    ...scene.plan(),
    steps: scene.plan().steps.filter(({ id }) => id !== "two"),
  });
  assert.equal((await applied(scene, plan, journalIn(folder), { handlers, replan })).outcome.kind, "done");
  await undone(scene, journalIn(folder), { handlers });
  assert.equal((await applied(scene, plan, journalIn(folder))).outcome.kind, "done", "now it has to be done");
});

/** Does a step by hand, and says how the world looks then. */
function planAfter(scene: Scene, id: string): Plan {
  scene.cells.set(`${id} a`, "new").set(`${id} b`, "new");
  return scene.plan();
}

test("a hazard that was not agreed to stops it before anything is touched", async () => {
  using folder = tempFolder("apply");
  const scene = createScene([
    stepNamed("one", { hazards: ["downtime"] }),
    stepNamed("two", { hazards: ["data-move"] }),
  ]);
  const result = await applied(scene, scene.plan(), journalIn(folder), { allowed: ["downtime"] });
  assert.deepEqual(result.outcome, { kind: "consent", hazards: ["data-move"] });
  assert.deepEqual([scene.deeds, scene.mirror.journal], [[], null]);
});

test("a plan for another world is refused, and what differs is named", async () => {
  using folder = tempFolder("apply");
  const scene = createScene(STEPS);
  const plan = scene.plan();
  scene.cells.set("two b", "else");
  const result = await applied(scene, plan, journalIn(folder));
  assert.deepEqual(result.outcome, { kind: "drift", changes: ["two b"], isBegun: false });
  assert.deepEqual(scene.deeds, []);
});

test("a world changed by hand between steps is noticed on the way on", async () => {
  using folder = tempFolder("apply");
  const scene = createScene(STEPS);
  const plan = scene.plan();
  await killedAt(11, (boundary) => applied(scene, plan, journalIn(folder), { boundary }));
  assert.deepEqual(
    scene.mirror.journal?.entries.map(({ event }) => event.kind),
    ["started", "done"],
  );
  scene.cells.set("one a", "else");
  planAfter(scene, "three");
  const result = await applied(scene, plan, journalIn(folder));
  assert.deepEqual(result.outcome, {
    kind: "drift",
    changes: ["one was done and is no longer so", "three is no longer needed"],
    isBegun: true,
  });
});

test("after drift a new plan goes on from what the old one did, and undo walks both back", async () => {
  using folder = tempFolder("apply");
  const scene = createScene(STEPS);
  const start = new Map(scene.cells);
  await killedAt(11, (boundary) => applied(scene, scene.plan(), journalIn(folder), { boundary }));
  scene.cells.set("one a", "else");
  const result = await applied(scene, scene.plan(), journalIn(folder));
  assert.deepEqual(result.outcome, { kind: "done" });
  assert.deepEqual((await undone(scene, journalIn(folder))).outcome, { kind: "done" });
  assert.deepEqual(scene.cells, start);
});

test("a step that fails ends the run, says why, and the next run goes on there", async () => {
  using folder = tempFolder("apply");
  const scene = createScene(STEPS);
  const plan = scene.plan();
  const broken = openRun(scene, journalIn(folder));
  const { "node-open": good } = broken.handlers;
  broken[Symbol.dispose]();
  let isBroken = true;
  const handlers = {
    "node-open": {
      ...good,
      run: async (task: Parameters<typeof good.run>[0]) => {
        if (task.id === "two" && isBroken)
          throw new OutgrowError("timeout", "The host is slow.", { hint: "Wait." });
        await good.run(task);
      },
    },
  };
  const failed = await applied(scene, plan, journalIn(folder), { handlers });
  const failure = { code: "timeout", why: "The host is slow.", fix: "Wait." };
  assert.deepEqual(failed.outcome, { kind: "failed", stepId: "two", failure });
  assert.deepEqual(
    failed.steps.map(({ result }) => result),
    ["done", "failed", "untouched"],
  );
  isBroken = false;
  assert.deepEqual((await applied(scene, plan, journalIn(folder), { handlers })).outcome, { kind: "done" });
  assert.deepEqual(scene.deeds, ["run one", "run two", "run three"]);
});

test("a step that says it is done and is not fails its verify", async () => {
  using folder = tempFolder("apply");
  const scene = createScene(STEPS);
  const handlers = handlersThat(scene, folder, { run: async () => undefined });
  const { outcome } = await applied(scene, scene.plan(), journalIn(folder), { handlers });
  assert.deepEqual(outcome, {
    kind: "failed",
    stepId: "one",
    failure: { code: "verify", why: "one is not done.", fix: null },
  });
});

test("an undo that leaves things as they are fails", async () => {
  using folder = tempFolder("apply");
  const scene = createScene(STEPS);
  await applied(scene, scene.plan(), journalIn(folder));
  const handlers = handlersThat(scene, folder, { undo: async () => undefined });
  const { outcome } = await undone(scene, journalIn(folder), { handlers });
  assert.equal(
    outcome.kind === "failed" && outcome.failure.why,
    "three was taken back, and is still as it was.",
  );
});

function handlersThat(
  scene: Scene,
  folder: { readonly path: string },
  change: object,
): NonNullable<RunOptions["handlers"]> {
  using run = openRun(scene, journalIn(folder));
  return { "node-open": { ...run.handlers["node-open"], ...change } };
}

test("a step left half done by a plan is not forgotten by another", async () => {
  using folder = tempFolder("apply");
  const scene = createScene(STEPS);
  await killedAt(6, (boundary) => applied(scene, scene.plan(), journalIn(folder), { boundary }));
  const other = createScene([stepNamed("four")]);
  const strange = { ...other, mirror: scene.mirror };
  await assert.rejects(
    applied(strange, other.plan(), journalIn(folder)),
    (error) => error instanceof OutgrowError && /^one of plan \w+ is half done/.test(error.message),
  );
});

test("another plan for a step that is half done leaves no word before it has begun it: the first is gone on with", async () => {
  using folder = tempFolder("apply");
  const scene = createScene(STEPS);
  const plan = scene.plan();
  await killedAt(6, (boundary) => applied(scene, plan, journalIn(folder), { boundary }));
  const before = scene.mirror.journal?.entries.length;
  const other = { ...plan, id: "other", steps: plan.steps.slice(0, 1) };
  const isBlocked = { state: "blocked", why: "Not so.", fix: "Otherwise." } as const;
  const blocked = handlersThat(scene, folder, { probe: async () => isBlocked });
  const replan = async () => other;
  const { outcome } = await applied(scene, other, journalIn(folder), { handlers: blocked, replan });
  assert.equal(outcome.kind, "failed");
  assert.equal(scene.mirror.journal?.entries.length, before);
  using run = openRun(scene, journalIn(folder));
  assert.equal(run.ledger.plan()?.id, plan.id);
});

test("steps all done and still something to do is not called done", async () => {
  using folder = tempFolder("apply");
  const scene = createScene(STEPS);
  const plan = scene.plan();
  const result = await applied(scene, plan, journalIn(folder), { replan: async () => plan });
  assert.deepEqual(result.outcome, { kind: "unsettled", stepIds: ["one", "two", "three"] });
});

test("a stop between two steps leaves the rest untouched, and is gone on from", async () => {
  using folder = tempFolder("apply");
  const scene = createScene(STEPS);
  const plan = scene.plan();
  const stop = new AbortController();
  const boundary = async (name: string) => {
    if (name === "two a after") stop.abort();
  };
  const result = await applied(scene, plan, journalIn(folder), { boundary, stopping: stop.signal });
  assert.deepEqual(
    [result.outcome.kind, ...result.steps.map(({ result: each }) => each)],
    ["stopped", "done", "done", "untouched"],
  );
  assert.deepEqual((await applied(scene, plan, journalIn(folder))).outcome, { kind: "done" });
});

test("undo stops behind what cannot be undone, and says so", async () => {
  using folder = tempFolder("apply");
  const [one, two, three] = STEPS as [
    ReturnType<typeof stepNamed>,
    ReturnType<typeof stepNamed>,
    ReturnType<typeof stepNamed>,
  ];
  const final = { ...two, undo: { kind: "never" }, hazards: ["point-of-no-return"] } as typeof two;
  const scene = createScene([one, final, three]);
  await applied(scene, scene.plan(), journalIn(folder));
  const { outcome, steps } = await undone(scene, journalIn(folder));
  assert.deepEqual(outcome, { kind: "end-of-undo", stepId: "two", why: "it cannot be undone" });
  assert.deepEqual(
    steps.map(({ stepId }) => stepId),
    ["three"],
  );
  assert.deepEqual(scene.deeds.slice(3), ["undo three"]);
});

test("undo for a time is over when the time is", async () => {
  using folder = tempFolder("apply");
  const scene = createScene([stepNamed("one", { undo: { kind: "for", durationMs: 1000, remark: null } })]);
  await applied(scene, scene.plan(), journalIn(folder), { now: () => 5_000 });
  assert.equal((await undone(scene, journalIn(folder), { now: () => 7_000 })).outcome.kind, "end-of-undo");
  assert.equal((await undone(scene, journalIn(folder), { now: () => 6_000 })).outcome.kind, "done");
});

test("with the API away a run goes back alone, and the next one brings the cluster's copy up to date", async () => {
  using folder = tempFolder("apply");
  const file = journalIn(folder);
  const scene = createScene(STEPS);
  const start = new Map(scene.cells);
  const plan = scene.plan();
  await killedAt(15, (boundary) => applied(scene, plan, file, { boundary }));
  const told = scene.mirror.journal?.entries.length ?? 0;
  using lost = openRun(scene, file);
  const alone = openAlone({
    ...lost,
    clusterName: "glaze",
    journalFile: file,
    runId: "alone",
    holder: "anna",
  });
  assert.deepEqual((await undo(alone)).outcome, { kind: "done" });
  await alone[Symbol.asyncDispose]();
  assert.deepEqual(scene.cells, start);
  assert.equal(scene.mirror.journal?.entries.length, told);
  assert.deepEqual((await applied(scene, plan, file)).outcome, { kind: "done" });
  assert.ok((scene.mirror.journal?.entries.length ?? 0) > told + 6);
  const none = { ...lost, clusterName: "glaze", journalFile: `${file}.none`, runId: "alone", holder: "anna" };
  assert.throws(
    () => openAlone(none),
    (error) => error instanceof OutgrowError && error.code === "journal",
  );
});

const point = fc.integer({ min: 1, max: 60 });

test("killed anywhere, any number of times: resumed it ends as the straight run, undone as the start", async () => {
  const isFound = fc.subarray(STEPS.map(({ id }) => id));
  await fc.assert(
    fc.asyncProperty(
      isFound,
      fc.array(point, { maxLength: 4 }),
      fc.array(point, { maxLength: 4 }),
      async (found, kills, undoKills) => {
        using folder = tempFolder("apply");
        const scene = createScene(STEPS, found);
        const start = new Map(scene.cells);
        const plan = scene.plan();
        const file = journalIn(folder);
        for (const at of kills) await killedAt(at, (boundary) => applied(scene, plan, file, { boundary }));
        assert.ok(["done", "nothing-to-do"].includes((await applied(scene, plan, file)).outcome.kind));
        assert.ok([...scene.cells.values()].every((value) => value === "new"));
        for (const at of undoKills) await killedAt(at, (boundary) => undone(scene, file, { boundary }));
        await undone(scene, file);
        assert.deepEqual(scene.cells, start);
        assert.deepEqual((await applied(scene, plan, file)).outcome, { kind: "done" });
      },
    ),
    { numRuns: process.env.OUTGROW_LONG === undefined ? 12 : 300 },
  );
});

test("killed half-way, undone: the start", async () => {
  for (let at = 1; ; at++) {
    using folder = tempFolder("apply");
    const scene = createScene(STEPS);
    const start = new Map(scene.cells);
    const end = await killedAt(at, (boundary) =>
      applied(scene, scene.plan(), journalIn(folder), { boundary }),
    );
    await undone(scene, journalIn(folder));
    assert.deepEqual(scene.cells, start, `killed at ${at}`);
    if (end === "ended") break;
  }
});

test("a laptop lost anywhere: another one goes on from the cluster's copy alone", async () => {
  for (let at = 1; ; at++) {
    using first = tempFolder("apply");
    using second = tempFolder("apply");
    const scene = createScene(STEPS);
    const start = new Map(scene.cells);
    const plan = scene.plan();
    const end = await killedAt(at, (boundary) => applied(scene, plan, journalIn(first), { boundary }));
    assert.equal((await applied(scene, plan, journalIn(second))).outcome.kind, "done", `killed at ${at}`);
    // The first comes back: its file tells another story, or less, and is brought to the true one.
    assert.equal((await undone(scene, journalIn(first))).outcome.kind, "done", `killed at ${at}`);
    assert.deepEqual(scene.cells, start, `killed at ${at}`);
    if (end === "ended") break;
  }
});
