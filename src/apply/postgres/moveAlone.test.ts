import assert from "node:assert/strict";
import { test } from "node:test";
import { createGlaze, inMoved } from "../../../lab/postgres/application.ts";
import { databaseUrl } from "../../../lab/postgres/clusterMove.ts";
import { leftovers } from "../../../lab/postgres/leftovers.ts";
import { startOnlineMigration } from "../../../lab/postgres/onlineMigration.ts";
import {
  lookAt,
  type MoveLab,
  type MoveScene,
  plannedMove,
  setMoveScene,
  startMoveLab,
} from "../../../test/apply/moveScene.ts";
import { begin } from "../../../test/apply/stepHarness.ts";
import type { ParamsOf } from "../../model/step.ts";
import type { StepTask } from "../stepKind.ts";
import { postgresFinish } from "../steps/postgres-finish.ts";
import { postgresMove } from "../steps/postgres-move.ts";
import type { World } from "../world.ts";

type Params = ParamsOf<"postgres-move">;
type Task = StepTask<"postgres-move">;

const SCHEMA = `
  create table things (id int generated always as identity primary key);
  insert into things select from generate_series(1, 100);
`;

for (const [driver, canReturn] of [
  ["subscription", false],
  ["offline", true],
  ["provider", true],
] as const) {
  test(`${driver}, ${canReturn ? "with" : "without"} a way back: what was proved is opened, and nothing of the move stays`, async () => {
    await using lab = await startMoveLab();
    await createGlaze(lab.pair, SCHEMA);
    await using stage = await setStage(lab, { driver, canReturn });
    const { scene, move } = stage;
    const early = await brokenAt(move, "fence");
    await lab.pair.source.server.kill();
    assert.match(JSON.stringify(await postgresMove.probe(alone(early))), /was never proved to be whole/);
    await lab.pair.source.server.start();
    await brokenAt(move, "open");
    // Begun, and nothing is open yet: it may have come back meanwhile, and serve.
    const { params } = alone(move);
    const begun = await postgresMove.probe({ ...alone(move), begun: params });
    assert.ok(begun.state === "blocked", JSON.stringify(begun));
    assert.match(begun.why, /^default\/glaze-postgres is not lost: it (answers|fetches rows)/);
    assert.match(begun.fix, /outgrow apply plan\.json$/);
    await lab.pair.source.server.kill();
    const before = await lookAt(scene);
    const task = alone(move);
    const unsaid = { ...task, params: { ...task.params, without: ["old-server"] as const } };
    const asked = await postgresMove.probe(unsaid);
    assert.ok(asked.state === "blocked", JSON.stringify(asked));
    assert.equal(/its sequences do not count them/.test(asked.why), driver === "provider");
    assert.equal((await postgresMove.probe(task)).state, "todo");
    assert.equal(await lookAt(scene), before);

    await postgresMove.run(task);
    assert.deepEqual(await postgresMove.verify(task), {});
    const done = await lookAt(scene);
    await postgresMove.run(task);
    assert.deepEqual(await postgresMove.verify(task), {});
    assert.equal(await lookAt(scene), done);
    await assert.rejects(postgresMove.undo(task), { code: "blocked" });

    const finish = { move: task.params, attempt: move.attempt, without: task.params.without ?? [] };
    const end = { ...task, params: finish, before: { found: {}, claims: [] }, attempt: "eeeeeeeeeee2" };
    await postgresFinish.run(end);
    await postgresFinish.verify(end);
    assert.deepEqual(await inMoved(lab.pair, leftovers), []);
    assert.equal((await databaseUrl(scene.kube)).hostname, "localhost");
    await inMoved(lab.pair, async (client) => {
      await client.query("set role glaze");
      const more = await client.query("insert into things default values returning id");
      assert.ok(more.rows[0].id > 100, `${more.rows[0].id}`);
      const { rows } = await client.query("select count(*)::int as count from things");
      assert.deepEqual(rows, [{ count: 101 }]);
    });
    assert.equal(stage.stops(), driver === "provider" ? 1 : 0);
  });
}

interface Stage extends AsyncDisposable {
  readonly scene: MoveScene;
  /** Begun. */
  readonly move: Task;
  /** How often the provider was asked to end its migration. */
  stops(): number;
}

async function setStage(lab: MoveLab, changes: Partial<Params>): Promise<Stage> {
  await using kept = new AsyncDisposableStack();
  const hosts = { public: "glaze-db.example", private: "localhost" };
  const provider =
    changes.driver === "provider" ? kept.use(await startOnlineMigration(lab.pair, { hosts })) : null;
  const scene = kept.use(
    await setMoveScene(lab, provider === null ? {} : { onlineMigration: provider.migration }),
  );
  const { params } = await plannedMove(scene);
  const onlineMigration =
    provider === null
      ? {}
      : {
          onlineMigration: {
            digitalocean: provider.databaseId,
            token: { env: "DIGITALOCEAN_TOKEN" },
          },
        };
  const step = { params: { ...params, ...changes, ...onlineMigration }, world: scene.world };
  const move = await begin({ handler: postgresMove, ...step, look: () => lookAt(scene) }, "eeeeeeeeeee1");
  const moved = kept.move();
  return {
    scene,
    move,
    stops: () => provider?.cloud.asked("DELETE") ?? 0,
    [Symbol.asyncDispose]: () => moved.disposeAsync(),
  };
}

/** The run dies where it says this. */
async function brokenAt(task: Task, word: string): Promise<Task> {
  const say = (text: string) => {
    if (text === word) throw new Error("broken off");
  };
  await assert.rejects(postgresMove.run({ ...task, say }), /broken off/);
  return task;
}

/** The same step as `finish` plans it, by a clock on which nobody sits through the silence of the lost. */
function alone(task: Task): Task {
  let aheadMs = 0;
  const world: World = {
    ...task.world,
    now: () => task.world.now() + aheadMs,
    sleep: async () => {
      aheadMs += 100_000;
    },
  };
  return { ...task, world, params: { ...task.params, without: ["old-server", "later-rows"] } };
}
