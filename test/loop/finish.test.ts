import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { inClosed, inMoved } from "../../lab/postgres/application.ts";
import { leftovers } from "../../lab/postgres/leftovers.ts";
import { assertNothingLeft, type MoveLab, startMoveLab } from "../apply/moveScene.ts";
import { moveGlaze } from "./movedGlaze.ts";

let lab: MoveLab;
before(async () => {
  lab = await startMoveLab();
});
after(() => lab[Symbol.asyncDispose]());

const ALLOW = ["--allow", "point-of-no-return"];

test("finish asks for a word, says what it removed and what stays, and is quiet from then on", async () => {
  await using moved = await moveGlaze(lab);
  const { outgrow, scene, attempt } = moved;
  const there = await ourThings(attempt);

  const refused = await outgrow.run("finish");
  assert.deepEqual(
    [refused.code, refused.stdout],
    [
      3,
      [
        "Nothing was touched. It needs your word:",
        "  point-of-no-return: from there on undo cannot go back.",
        "  Run: outgrow finish --allow point-of-no-return",
        "",
      ].join("\n"),
    ],
  );
  assert.match(refused.stderr, /^postgres-move\/glaze can be taken back until .* UTC\.$/m);
  assert.deepEqual(await ourThings(attempt), there, "asking for the word touches nothing");

  const { code, stdout, stderr } = await outgrow.run("finish", ...ALLOW);
  const name = `outgrow_${attempt}`;
  assert.deepEqual(
    [code, stdout],
    [
      0,
      [
        "Done: 1 step.",
        `  Removed from default/glaze-postgres: role ${name}, subscription ${name}_back, schema ${name}.`,
        `  Removed from localhost: role ${name}, slot ${name}_back, publication ${name}_back, schema ${name}.`,
        `  Removed from the cluster: Secret default/outgrow-before-${attempt}.`,
        "  Stays: the database glaze on default/glaze-postgres, which takes no connection any more, and its volume: PersistentVolumeClaim default/data-glaze-postgres-0. To delete it is for you.",
        "",
      ].join("\n"),
    ],
    stderr,
  );
  await assertNothingLeft(scene);
  const { objects } = await scene.lab.snapshot();
  assert.ok(objects.some(({ metadata }) => metadata.name === "data-glaze-postgres-0"));

  const again = await outgrow.run("finish");
  assert.deepEqual(
    [again.code, again.stdout, again.stderr],
    [0, "glaze is as it is meant to be: nothing to do.\n", "No way back is held open.\n"],
  );
  const back = await outgrow.run("undo");
  assert.deepEqual(
    [back.code, back.stdout],
    [0, "0 steps taken back. postgres-finish/glaze is where the way back ends: it cannot be undone.\n"],
  );
});

test("with --json the last line has what was removed and what stays", async () => {
  await using moved = await moveGlaze(lab);
  const { outgrow, scene, attempt } = moved;
  const refused = await outgrow.run("finish", "--json");
  assert.deepEqual(lastLine(refused.stdout), {
    outcome: { kind: "consent", hazards: ["point-of-no-return"] },
    exitCode: 3,
    steps: [{ stepId: "postgres-finish/glaze", result: "untouched", failure: null }],
    finished: [],
  });
  const { code, stdout, stderr } = await outgrow.run("finish", "--json", ...ALLOW);
  assert.deepEqual([code, stderr], [0, ""]);
  const name = `outgrow_${attempt}`;
  assert.deepEqual(lastLine(stdout), {
    outcome: { kind: "done" },
    exitCode: 0,
    steps: [{ stepId: "postgres-finish/glaze", result: "done", failure: null }],
    finished: [
      {
        stepId: "postgres-finish/glaze",
        removed: {
          "default/glaze-postgres": [`role ${name}`, `subscription ${name}_back`, `schema ${name}`],
          localhost: [`role ${name}`, `slot ${name}_back`, `publication ${name}_back`, `schema ${name}`],
          "the cluster": [`Secret default/outgrow-before-${attempt}`],
        },
        notRemoved: {},
        stays: {
          database: "glaze",
          server: "default/glaze-postgres",
          claims: ["default/data-glaze-postgres-0"],
        },
      },
    ],
  });
  await assertNothingLeft(scene);
  const again = await outgrow.run("finish", "--json");
  assert.deepEqual(
    [again.code, again.stdout, again.stderr],
    [0, '{"outcome":{"kind":"nothing-to-do"},"exitCode":0,"steps":[]}\n', ""],
  );
});

function lastLine(stdout: string): unknown {
  return JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "");
}

/** As the servers' own superusers see it. */
async function ourThings(attempt: string): Promise<readonly (readonly string[])[]> {
  return [await inClosed(lab.pair, attempt, leftovers), await inMoved(lab.pair, leftovers)];
}
