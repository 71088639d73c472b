import assert from "node:assert/strict";
import { test } from "node:test";
import type { JournalEvent } from "../model/journal.ts";
import type { Plan } from "../model/plan.ts";
import { DAY, isoInstant } from "../model/time.ts";
import { sha256 } from "../store/hash.ts";
import { endingPlan, finishPlan, openWays } from "./finishPlan.ts";
import { standingOf } from "./standing.ts";
import { walkBack } from "./walkBack.ts";

const BEGUN = Date.parse("2026-11-23T19:32:00Z");
const SOURCES = { cluster: "glaze", hash: sha256, now: BEGUN, without: [] };

const MOVE = {
  id: "postgres-move/glaze",
  kind: "postgres-move",
  needs: [],
  hazards: ["downtime", "data-move"],
  undo: { kind: "for", durationMs: DAY, remark: "with the new rows" },
  params: { database: "glaze" },
} as const;

const MOVE_PLAN = { id: "plan-1", steps: [MOVE] } as unknown as Plan;

/** What the journal says, one event a minute. */
function standingAfter(
  events: readonly (readonly [plan: Plan, stepId: string, event: JournalEvent["kind"]])[],
) {
  const entries = events.map(([plan, stepId, kind], index) => ({
    number: index + 1,
    hash: sha256(`${index}`),
    at: isoInstant(BEGUN + index * 60_000),
    run: { id: "run", fence: 1 },
    planId: plan.id,
    stepId,
    event: { kind, before: {}, outputs: {} } as unknown as JournalEvent,
  }));
  return standingOf({ plans: [...new Set(events.map(([plan]) => plan))], entries });
}

const DONE = [
  [MOVE_PLAN, MOVE.id, "started"],
  [MOVE_PLAN, MOVE.id, "done"],
] as const;

/** What is the same of every step that gives a way back up. */
const FOR_GOOD = {
  needs: [],
  hazards: ["point-of-no-return"],
  pauseMs: 0,
  durationMs: 60_000,
  monthlyCents: 0,
  undo: { kind: "never" },
};

test("a move that is done holds its way back open, and a plan of its own gives it up", () => {
  const standing = standingAfter(DONE);
  assert.deepEqual(openWays(standing), [{ stepId: MOVE.id, until: BEGUN + 60_000 + DAY, trouble: null }]);
  const { steps } = finishPlan(standing, SOURCES);
  assert.deepEqual(steps, [
    {
      id: "postgres-finish/glaze",
      kind: "postgres-finish",
      ...FOR_GOOD,
      params: { move: { database: "glaze" }, attempt: sha256("0").slice(0, 12), without: [] },
    },
  ]);
});

test("made again it is the same plan, whatever the time; half done too, and empty once it is done", () => {
  const plan = finishPlan(standingAfter(DONE), SOURCES);
  const later = { ...SOURCES, now: BEGUN + DAY };
  assert.equal(finishPlan(standingAfter(DONE), later).id, plan.id);
  const half = [...DONE, [plan, "postgres-finish/glaze", "started"]] as const;
  assert.equal(finishPlan(standingAfter(half), later).id, plan.id);
  for (const end of ["done", "found"] as const) {
    const standing = standingAfter([...half, [plan, "postgres-finish/glaze", end]]);
    assert.deepEqual(finishPlan(standing, later).steps, []);
    assert.deepEqual(openWays(standing), []);
  }
});

test("a move that is half done, taken back, or found done is none to finish", () => {
  for (const events of [
    [DONE[0]],
    [...DONE, [MOVE_PLAN, MOVE.id, "undoing"]],
    [...DONE, [MOVE_PLAN, MOVE.id, "undone"]],
    [[MOVE_PLAN, MOVE.id, "found"]],
  ] as const) {
    assert.deepEqual(finishPlan(standingAfter(events), SOURCES).steps, []);
  }
});

test("where the old server is lost, a move that is half done is to end without it, and is finished without it", () => {
  const lost = { ...SOURCES, without: ["old-server", "cluster"] } as const;
  for (const events of [[DONE[0]], [...DONE, [MOVE_PLAN, MOVE.id, "undoing"]]] as const) {
    assert.deepEqual(endingPlan(standingAfter(events), SOURCES).steps, []);
    const plan = endingPlan(standingAfter(events), lost);
    assert.deepEqual(plan.steps, [
      {
        id: MOVE.id,
        kind: "postgres-move",
        ...FOR_GOOD,
        params: { database: "glaze", without: ["old-server", "cluster"] },
      },
    ]);
    const begun = [...events, [plan, MOVE.id, "started"]] as const;
    assert.equal(endingPlan(standingAfter(begun), lost).id, plan.id);
    const ended = standingAfter([...begun, [plan, MOVE.id, "done"]]);
    assert.deepEqual(endingPlan(ended, lost).steps, []);
    assert.deepEqual(openWays(ended), [{ stepId: MOVE.id, until: null, trouble: null }]);
    const [step] = finishPlan(ended, SOURCES).steps;
    assert.ok(step?.kind === "postgres-finish");
    assert.deepEqual([step.params.attempt, step.params.without], [sha256("0").slice(0, 12), lost.without]);
    assert.deepEqual(walkBack(ended, BEGUN).end, { stepId: MOVE.id, why: "it cannot be undone" });
  }
  for (const events of [DONE, [[MOVE_PLAN, MOVE.id, "found"]]] as const) {
    assert.deepEqual(endingPlan(standingAfter(events), lost).steps, []);
  }
});

test("a second move after the first was finished is finished by itself", () => {
  const first = finishPlan(standingAfter(DONE), SOURCES);
  const again = { ...MOVE_PLAN, id: "plan-2" };
  const events = [
    ...DONE,
    [first, "postgres-finish/glaze", "started"],
    [first, "postgres-finish/glaze", "done"],
    [again, MOVE.id, "started"],
    [again, MOVE.id, "done"],
  ] as const;
  const [step] = finishPlan(standingAfter(events), SOURCES).steps;
  assert.ok(step?.kind === "postgres-finish");
  assert.equal(step.params.attempt, sha256("4").slice(0, 12));
});

test("undo ends at a finish, begun or done, and takes back nothing before it", () => {
  const plan = finishPlan(standingAfter(DONE), SOURCES);
  const half = [...DONE, [plan, "postgres-finish/glaze", "started"]] as const;
  assert.deepEqual(walkBack(standingAfter(half), BEGUN), {
    steps: [],
    found: [],
    end: { stepId: "postgres-finish/glaze", why: "it has begun, and cannot be undone" },
  });
  const done = [...half, [plan, "postgres-finish/glaze", "done"]] as const;
  assert.deepEqual(walkBack(standingAfter(done), BEGUN), {
    steps: [],
    found: [],
    end: { stepId: "postgres-finish/glaze", why: "it cannot be undone" },
  });
});
