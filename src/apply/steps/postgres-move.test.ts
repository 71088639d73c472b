import assert from "node:assert/strict";
import { test } from "node:test";
import { followEndpoint } from "../../../lab/postgres/clusterMove.ts";
import { commitFaults } from "../../../lab/postgres/commits.ts";
import { startOnlineMigration } from "../../../lab/postgres/onlineMigration.ts";
import { startWriters } from "../../../lab/postgres/writers.ts";
import { waitFor } from "../../../lab/waitFor.ts";
import {
  lookAt,
  type MoveScene,
  plannedMove,
  planOf,
  setMoveScene,
  useMoveLab,
} from "../../../test/apply/moveScene.ts";
import { begin, exercise, type StepCase } from "../../../test/apply/stepHarness.ts";
import { ask, MERGE_PATCH } from "../../kube/ask.ts";
import { OWN_CONNECTIONS } from "../../model/connectionDemand.ts";
import type { ParamsOf } from "../../model/step.ts";
import type { World } from "../world.ts";
import { postgresMove } from "./postgres-move.ts";

const lab = useMoveLab();

test("the step from plan to empty plan and back, twice, while clients commit", async () => {
  await using scene = await setMoveScene(lab());
  const step = await plannedMove(scene);
  assert.deepEqual(
    { id: step.id, hazards: step.hazards, undo: step.undo.kind, driver: step.params.driver },
    { id: "postgres-move/glaze", hazards: ["downtime", "data-move"], undo: "for", driver: "subscription" },
  );
  using application = await followEndpoint(scene);
  await using writers = startWriters({ endpoint: application.endpoint });
  await using ours = await startCount();
  await waitFor("some commits", () => writers.count() > 50 || undefined);
  const check = async () => {
    await writers.more(20, "on the target");
    assert.deepEqual((await planOf(scene)).steps, [], "the plan after the move");
  };
  await exercise({ ...caseOf(step.params, scene), check });
  await writers.more(20, "at home");
  assert.ok(ours.most() > 0 && ours.most() <= OWN_CONNECTIONS, `${ours.most()} of our own`);
  const ledger = await writers.stop();
  assert.deepEqual(await commitFaults(lab().pair, "source", ledger), []);
});

test("offline, where streaming is not to be had: the programs in the pod carry the rows over", async () => {
  await using scene = await setMoveScene(lab());
  const { params } = await plannedMove(scene);
  await exercise(caseOf({ ...params, driver: "offline" }, scene));
});

test("offline, broken off while the application is rolled out: it is not taken for done", async () => {
  await using scene = await setMoveScene(lab());
  const { kube, world } = scene;
  const { params } = await plannedMove(scene);
  const step = caseOf({ ...params, driver: "offline" }, scene);
  const start = await step.look();
  const path = "/apis/apps/v1/namespaces/default/deployments/web";
  // The Secret says the new address by then.
  const breaking: World = {
    ...world,
    kube: {
      ...kube,
      request: async (request) => {
        if (request.method === "PATCH" && request.path === path) throw new Error("broken off");
        return await kube.request(request);
      },
    },
  };
  const task = await begin(step, "aaaaaaaaaaa4");
  await assert.rejects(postgresMove.run({ ...task, world: breaking }), /broken off/);
  assert.equal((await postgresMove.probe(task)).state, "todo");
  await postgresMove.run(task);
  assert.equal((await postgresMove.probe(task)).state, "done");
  await postgresMove.undo(task);
  assert.equal(await step.look(), start);
});

test("by the provider's own migration: the way it dials is opened, and closed when it has ended", async () => {
  const hosts = { public: "glaze-db.example", private: "localhost" };
  await using provider = await startOnlineMigration(lab().pair, { hosts });
  const { cloud, databaseId, migration } = provider;
  await using scene = await setMoveScene(lab(), { onlineMigration: migration });
  const { params } = await plannedMove(scene);
  const onlineMigration = { digitalocean: databaseId, token: { env: "DIGITALOCEAN_TOKEN" } };
  await exercise(caseOf({ ...params, driver: "provider", onlineMigration }, scene));
  assert.equal(cloud.asked("PUT"), 2);
  assert.equal(cloud.asked("DELETE"), 2);
});

test("what stands in the way is said before anything is touched", async () => {
  await using scene = await setMoveScene(lab());
  const { kube, world } = scene;
  const { params } = await plannedMove(scene);
  const probe = () =>
    postgresMove.probe({ id: "it", params, world, before: null, attempt: null, say: () => undefined });
  const taken = await lab().pair.target.superuser();
  await taken.query("create database glaze");
  const found = await probe();
  assert.ok(found.state === "blocked");
  assert.match(found.fix, /the database glaze on the target: it exists already/);
  await taken.query("drop database glaze");
  await taken.end();
  const path = "/apis/apps/v1/namespaces/default/deployments/web";
  await ask(kube, { method: "PATCH", path, contentType: MERGE_PATCH, body: { spec: { paused: true } } });
  assert.deepEqual(await probe(), {
    state: "blocked",
    why: "the application cannot be told its new address",
    fix: "Deployment default/web is paused, so its pods would go on with the old address.",
  });
});

test("more connections than the target has left are refused, to the last one, with the sum", async () => {
  await using scene = await setMoveScene(lab());
  const { params } = await plannedMove(scene);
  assert.deepEqual(params.demand.parts, [
    "Deployment default/web 1 + 1 in a rollout × 1 (its command is in the image)",
  ]);
  const probe = (peak: number) =>
    postgresMove.probe({
      id: "it",
      params: { ...params, demand: { ...params.demand, steady: 10, peak } },
      world: scene.world,
      before: null,
      attempt: null,
      say: () => undefined,
    });
  // One of its 22 is held by somebody else.
  const other = await lab().pair.target.superuser();
  try {
    assert.equal((await probe(18)).state, "todo");
    assert.deepEqual(await probe(19), {
      state: "blocked",
      why: "One thing stands in the way of moving glaze. Nothing was changed.",
      fix:
        "the target: the application needs 10 connections, 19 in a rollout, and 3 of the move itself, of 22, 1 of them taken by others: " +
        "Deployment default/web 1 + 1 in a rollout × 1 (its command is in the image). Lower threads or concurrency until 19 is 18 or less, " +
        "or set maxSurge: 0 and maxUnavailable: 1, or put a pool of at most 18 in front (transaction mode wants DISABLE_SERVER_SIDE_CURSORS: True), or take a larger size.",
    });
  } finally {
    await other.end();
  }
});

test("a target that cannot dial the source leaves the old world, and the door closed after undo", async () => {
  await using scene = await setMoveScene(lab(), { hasProxy: false });
  const step = caseOf((await plannedMove(scene)).params, scene);
  const start = await step.look();
  const task = await begin(step, "aaaaaaaaaaa3");
  await assert.rejects(postgresMove.run(task), /PostgreSQL .*could not connect to the publisher/);
  assert.notEqual(await step.look(), start);
  await postgresMove.undo(task);
  assert.equal(await step.look(), start);
});

/** How many sessions of ours stood beside the application's on the target at most. */
async function startCount(): Promise<AsyncDisposable & { readonly most: () => number }> {
  const client = await lab().pair.target.superuser();
  let most = 0;
  const counting = setInterval(async () => {
    const { rows } = await client
      .query<{ ours: number }>(
        `select count(*)::int as ours from pg_stat_activity where backend_type = 'client backend' and usename ~ '^(doadmin|outgrow)'
          and exists (select from pg_stat_activity where usename = 'glaze')`,
      )
      .catch(() => ({ rows: [] }));
    most = Math.max(most, rows[0]?.ours ?? 0);
  }, 20);
  return {
    most: () => most,
    async [Symbol.asyncDispose]() {
      clearInterval(counting);
      await client.end();
    },
  };
}

function caseOf(params: ParamsOf<"postgres-move">, scene: MoveScene): StepCase<"postgres-move"> {
  return { handler: postgresMove, params, world: scene.world, look: () => lookAt(scene) };
}
