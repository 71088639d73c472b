import assert from "node:assert/strict";
import { test } from "node:test";
import { followEndpoint } from "../../../lab/postgres/clusterMove.ts";
import { commitFaults } from "../../../lab/postgres/commits.ts";
import { startWriters } from "../../../lab/postgres/writers.ts";
import {
  assertNothingLeft,
  clearTarget,
  lookAt,
  type MoveScene,
  plannedMove,
  planOf,
  setMoveScene,
  useMoveLab,
} from "../../../test/apply/moveScene.ts";
import { begin, exerciseForGood, type StepCase } from "../../../test/apply/stepHarness.ts";
import type { ParamsOf } from "../../model/step.ts";
import type { World } from "../world.ts";
import { postgresFinish } from "./postgres-finish.ts";
import { postgresMove } from "./postgres-move.ts";

const lab = useMoveLab();

test("nothing of ours is left on either server nor in the cluster, and no commit is lost", async () => {
  await using scene = await setMoveScene(lab());
  using application = await followEndpoint(scene);
  await using writers = startWriters({ endpoint: application.endpoint });
  const { params } = await moved(scene, "bbbbbbbbbbb1");
  await writers.more(20, "on the target");
  await exerciseForGood(caseOf(params, "bbbbbbbbbbb1", scene));
  await writers.more(20, "after it");
  const ledger = await writers.stop();
  assert.deepEqual(await commitFaults(lab().pair, "target", ledger), []);
  assert.deepEqual((await planOf(scene)).steps, [], "the plan after it");
  await assertNothingLeft(scene);
  await clearTarget(lab().pair);
});

test("a move that is not done cannot be finished, and nothing is begun", async () => {
  await using scene = await setMoveScene(lab());
  const start = await lookAt(scene);
  const common = { id: "it", world: scene.world, say: () => undefined };
  const { params } = await plannedMove(scene);
  const task = { ...common, params, attempt: "bbbbbbbbbbb2", before: {} };
  const stop = (text: string) => {
    if (text === "ready") throw new Error("broken off");
  };
  await assert.rejects(postgresMove.run({ ...task, say: stop }), /broken off/);
  const step = caseOf(params, task.attempt, scene);
  assert.deepEqual(
    await postgresFinish.probe({ ...common, params: step.params, before: null, attempt: null }),
    {
      state: "blocked",
      why: "The database glaze is not moved, so its move cannot be finished.",
      fix: "Carry it over first (outgrow apply), or walk back (outgrow undo).",
    },
  );
  await postgresMove.undo(task);
  assert.equal(await step.look(), start);
});

/** Where the deed is broken off: before the n-th request to the cluster or the n-th tunnel of the run. */
test("broken off anywhere it goes on, and what a kept text needs is the last to go", async () => {
  await using scene = await setMoveScene(lab());
  const { params } = await moved(scene, "bbbbbbbbbbb3");
  const step = caseOf(params, "bbbbbbbbbbb3", scene);
  const task = await begin(step, "aaaaaaaaaaa4");
  let broken = 0;
  for (let allowed = 0; ; allowed++) {
    const world = breaking(scene.world, allowed);
    const isDone = await postgresFinish.run({ ...task, world }).then(
      () => true,
      (error: Error) => {
        assert.match(error.message, /broken off/);
        return false;
      },
    );
    if (isDone) break;
    broken++;
    assert.ok(broken < 50, "it never ends");
  }
  assert.ok(broken >= 3, `only ${broken} places`);
  await postgresFinish.verify(task);
  await assertNothingLeft(scene);
  await clearTarget(lab().pair);
});

async function moved(scene: MoveScene, attempt: string) {
  const step = await plannedMove(scene);
  const { params } = step;
  await postgresMove.run({
    id: step.id,
    params,
    attempt,
    before: {},
    world: scene.world,
    say: () => undefined,
  });
  return step;
}

function caseOf(
  move: ParamsOf<"postgres-move">,
  attempt: string,
  scene: MoveScene,
): StepCase<"postgres-finish"> {
  return {
    handler: postgresFinish,
    params: { move, attempt, without: [] },
    world: scene.world,
    look: () => lookAt(scene),
  };
}

/** A world that lets so many requests and tunnels pass, and no more. */
function breaking(world: World, allowed: number): World {
  let left = allowed;
  const pass = () => {
    if (left-- <= 0) throw new Error("broken off");
  };
  return {
    ...world,
    kube: {
      ...world.kube,
      request: (request) => {
        pass();
        return world.kube.request(request);
      },
    },
    host: async (name) => {
      const session = await world.host(name);
      return {
        ...session,
        forward: (host, port) => {
          pass();
          return session.forward(host, port);
        },
      };
    },
  };
}
