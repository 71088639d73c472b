import assert from "node:assert/strict";
import { test } from "node:test";
import { type PlanCase, planOf, readPlanCases } from "../../test/planCases.ts";
import { OutgrowError } from "../model/error.ts";
import { HAZARDS, type Step } from "../model/step.ts";
import { changedParts } from "./drift.ts";
import { ordered } from "./order.ts";
import type { Draft } from "./planner.ts";
import { PLANNERS } from "./planners.ts";

const cases = readPlanCases();
const glaze = cases[0] as PlanCase;

for (const each of cases) {
  test(`plan: ${each.name}`, () => {
    const { error, steps, details = {}, ...rest } = each.expect;
    if (error !== undefined) {
      assert.throws(
        () => planOf(each),
        (thrown) => thrown instanceof OutgrowError && thrown.message === error && thrown.hint !== undefined,
      );
      return;
    }
    const plan = planOf(each);
    assert.deepEqual(
      plan.steps.map(({ id }) => id),
      steps,
    );
    for (const [id, wanted] of Object.entries(details)) {
      const step = plan.steps.find((one) => one.id === id) as unknown as Record<string, unknown>;
      assert.deepEqual(Object.fromEntries(Object.keys(wanted).map((key) => [key, step[key]])), wanted, id);
    }
    for (const [key, wanted] of Object.entries(rest)) assert.deepEqual(plan[key as "money"], wanted, key);
    assert.deepEqual(flaws(plan.steps), []);
  });
}

/** What must hold of every plan. */
function flaws(steps: readonly Step[]): readonly string[] {
  return steps.flatMap((step, index) => [
    ...step.needs.filter((id) => !steps.slice(0, index).some((other) => other.id === id)),
    ...step.hazards.filter((hazard) => !(hazard in HAZARDS)),
    ...((step.undo.kind === "never") === step.hazards.includes("point-of-no-return") ? [] : [step.id]),
    ...(JSON.stringify(JSON.parse(JSON.stringify(step))) === JSON.stringify(step) ? [] : [step.id]),
    ...(PLANNERS.some(({ kind }) => kind === step.kind) ? [] : [step.kind]),
  ]);
}

test("the flaws of a plan are seen", () => {
  const [first, second] = planOf(glaze).steps as readonly [Step, Step];
  assert.deepEqual(flaws([second, first]), ["volumes-retain"]);
  assert.deepEqual(flaws([{ ...first, undo: { kind: "never" } }]), ["volumes-retain"]);
});

test("the same facts give the same plan, at any time and in any order", () => {
  const plan = planOf(glaze);
  const shuffled = planOf(glaze, (facts) => ({
    ...facts,
    readAt: "2027-01-01T00:00:00Z",
    cluster: facts.cluster && { ...facts.cluster, objects: facts.cluster.objects.toReversed() },
  }));
  assert.equal(shuffled.id, plan.id);
  assert.equal(shuffled.basis.hash, plan.basis.hash);
});

test("what changes by itself is in no basis", () => {
  const busy = planOf(glaze, (facts) => ({
    ...facts,
    hosts: Object.fromEntries(
      Object.entries(facts.hosts).map(([name, host]) => [
        name,
        {
          ...host,
          memory: { totalBytes: 1, availableBytes: 2, swapBytes: 3, hasZram: true },
          time: { isSynchronized: true, offsetMs: 12 },
          disks: [{ mount: "/", filesystem: "ext4", sizeBytes: 9, usedBytes: 8 }],
          nftables: JSON.parse(JSON.stringify(host.nftables).replaceAll('"handle":1', '"handle":71')),
        },
      ]),
    ),
    cluster: facts.cluster && {
      ...facts.cluster,
      objects: facts.cluster.objects.map((object) => ({
        ...object,
        metadata: { ...object.metadata, resourceVersion: "99", generation: 7 },
      })),
    },
  }));
  assert.equal(busy.basis.hash, planOf(glaze).basis.hash);
});

test("what was changed by hand is called by its name", () => {
  const before = planOf(glaze);
  const after = (each: Partial<PlanCase>) => changedParts(before.basis, planOf({ ...glaze, ...each }).basis);
  const objects = glaze.objects ?? [];
  assert.deepEqual(after({}), []);
  assert.deepEqual(after({ objects: objects.filter(({ metadata }) => metadata.name !== "pvc-1") }), [
    "volumes",
  ]);
  assert.deepEqual(
    after({ hosts: { "glaze-prod": { ...glaze.hosts?.["glaze-prod"], nft: "table ip empty {}" } } }),
    ["firewall of glaze-prod"],
  );
  assert.deepEqual(after({ hosts: { "glaze-prod": { ...glaze.hosts?.["glaze-prod"], settings: {} } } }), [
    "host glaze-prod",
    "k3s throttles of glaze-prod",
  ]);
  assert.deepEqual(after({ objects: objects.filter(({ metadata }) => metadata.name !== "traefik") }), [
    "operators",
  ]);
});

test("steps that need each other are a mistake of ours, and said", () => {
  const [one, two] = planOf(glaze).steps as readonly [Step, Step];
  const drafts = [
    { ...one, after: [two.id] },
    { ...two, after: [one.id] },
  ] as readonly Draft[];
  assert.throws(() => ordered(drafts), /steps need each other: volumes-retain, backup/);
});
