import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Plan } from "../../src/model/plan.ts";
import type { ProgressEvent, StepNews, TableCopy } from "../../src/model/progress.ts";
import { type MoveLab, startMoveLab } from "../apply/moveScene.ts";
import { type MovedGlaze, moveGlaze } from "./movedGlaze.ts";

let lab: MoveLab;
before(async () => {
  lab = await startMoveLab();
});
after(() => lab[Symbol.asyncDispose]());

/** So large that its copy is looked at while it goes on. */
const BULK = `
  create table bulk (id int primary key, note text);
  insert into bulk select g, repeat(md5(g::text), 4) from generate_series(1, 1000000) g;
`;

/** Whom the target lets subscribe decides. */
const RIGHTS = {
  subscription: "grant pg_create_subscription to doadmin",
  offline: "revoke pg_create_subscription from doadmin",
};

for (const [driver, right] of Object.entries(RIGHTS)) {
  test(`${driver}: apply --json tells of each table how far its copy is, from the first row to the end`, async () => {
    const admin = await lab.pair.target.superuser();
    await admin.query(right);
    await admin.end();
    await using moved = await moveGlaze(lab, BULK);
    // First of all: the old server lets nobody in until then.
    const back = await moved.outgrow.run("undo", "--allow", "downtime,data-move");
    assert.equal(back.code, 0, back.stdout);
    assert.equal(driverOf(moved), driver);
    const copies = moved.applied.filter(tellsTables);
    assert.ok(copies.every(({ stepId }) => stepId === "postgres-move/glaze"));
    const seen = copies.flatMap(({ tables }) => tables).filter(({ table }) => table === "public.bulk");
    const [ofBytes = 0] = seen.map((each) => each.ofBytes);
    assert.ok(ofBytes > 50e6, `${ofBytes}`);
    assert.ok(
      seen.some(({ state, rows, bytes }) => state === "copying" && Number(rows) > 0 && Number(bytes) > 0),
      JSON.stringify(seen),
    );
    const last = copies.at(-1);
    assert.deepEqual(last?.tables.map(({ table }) => table).sort(), [
      "public.bulk",
      "public.entries",
      "public.totals",
    ]);
    assert.ok(last?.tables.every(({ state, bytes, ofBytes }) => state === "copied" && bytes === ofBytes));
    assert.deepEqual([last?.share, last?.text], [1, `3/3 tables copied · ${megabytes(last?.tables ?? [])}`]);
  });
}

type Copies = ProgressEvent & Required<StepNews>;

function tellsTables(line: unknown): line is Copies {
  const { kind, tables } = line as Partial<Copies>;
  return kind === "step-news" && tables !== undefined;
}

function megabytes(tables: readonly TableCopy[]): string {
  const rounded = Math.round(tables.reduce((sum, { ofBytes }) => sum + ofBytes, 0) / 1e6);
  return `${rounded} of ${rounded} MB`;
}

function driverOf({ outgrow }: MovedGlaze): unknown {
  const plan = JSON.parse(readFileSync(join(outgrow.folder, "plan.json"), "utf8")) as Plan;
  return plan.steps.flatMap((step) => (step.kind === "postgres-move" ? [step.params.driver] : []))[0];
}
