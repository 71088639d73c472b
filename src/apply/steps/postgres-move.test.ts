import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { createHostWorld } from "../../../lab/hostWorld.ts";
import type { KubeLab } from "../../../lab/kube/lab.ts";
import { startKube } from "../../../lab/kube/start.ts";
import { createGlaze, inGlaze } from "../../../lab/postgres/application.ts";
import {
  databaseUrl,
  endpointAt,
  furnish,
  K3S_EXEC,
  ownAddress,
  secretsOf,
  startServiceProxy,
} from "../../../lab/postgres/clusterMove.ts";
import { type LabPair, startPair } from "../../../lab/postgres/pair.ts";
import { faultsOf, startWriters } from "../../../lab/postgres/writers.ts";
import { type LabSshd, startSshd } from "../../../lab/sshd.ts";
import { waitFor } from "../../../lab/waitFor.ts";
import { apiOf } from "../../../test/apply/cluster.ts";
import { begin, exercise, type StepCase } from "../../../test/apply/stepHarness.ts";
import { hostFactsOf } from "../../../test/hostCases.ts";
import { parseConfig } from "../../config/parse.ts";
import type { KubeApi } from "../../kube/api.ts";
import { ask, MERGE_PATCH } from "../../kube/ask.ts";
import { readCluster } from "../../kube/readCluster.ts";
import { OWN_CONNECTIONS } from "../../model/connectionDemand.ts";
import { FACTS_VERSION, type Facts } from "../../model/facts.ts";
import { Secret } from "../../model/secret.ts";
import type { ParamsOf, Step } from "../../model/step.ts";
import { makePlan } from "../../plan/makePlan.ts";
import { postgresMove as planner } from "../../plan/steps/postgres-move.ts";
import { sha256 } from "../../store/hash.ts";
import { readPostgresFacts } from "../postgres/readPostgresFacts.ts";
import type { World } from "../world.ts";
import { postgresMove } from "./postgres-move.ts";

const ADDRESS = ownAddress();

let pair: LabPair;
let sshd: LabSshd;
before(async () => {
  pair = await startPair({ from: 15, to: 17 });
  sshd = await startSshd({ files: { "/usr/local/bin/k3s": K3S_EXEC } });
});
after(async () => {
  await sshd[Symbol.asyncDispose]();
  await pair[Symbol.asyncDispose]();
});
beforeEach(() => createGlaze(pair));

test("the step from plan to empty plan and back, twice, while clients commit", async () => {
  await using scene = await setScene();
  const { kube, world } = scene;
  const step = await planned(kube, world);
  assert.deepEqual(
    { id: step.id, hazards: step.hazards, undo: step.undo.kind, driver: step.params.driver },
    { id: "postgres-move/glaze", hazards: ["downtime", "data-move"], undo: "for", driver: "subscription" },
  );
  let url = await databaseUrl(kube);
  const watching = setInterval(async () => {
    url = await databaseUrl(kube).catch(() => url);
  }, 20);
  await using writers = startWriters({ endpoint: () => endpointAt(url, pair) });
  await using ours = await startCount();
  try {
    await waitFor("some commits", () => writers.count() > 50 || undefined);
    const check = async () => {
      const moved = writers.count();
      await waitFor("commits on the target", () => writers.count() > moved + 20 || undefined);
      assert.deepEqual((await plan(kube, world)).steps, [], "the plan after the move");
    };
    await exercise({ ...caseOf(step.params, scene), check });
    const home = writers.count();
    await waitFor("commits at home", () => writers.count() > home + 20 || undefined);
  } finally {
    clearInterval(watching);
  }
  assert.ok(ours.most() > 0 && ours.most() <= OWN_CONNECTIONS, `${ours.most()} of our own`);
  const ledger = await writers.stop();
  assert.deepEqual(await inGlaze(pair, (client) => faultsOf(client, ledger)), []);
});

test("offline, where streaming is not to be had: the programs in the pod carry the rows over", async () => {
  await using scene = await setScene();
  const { params } = await planned(scene.kube, scene.world);
  await exercise(caseOf({ ...params, driver: "offline" }, scene));
});

test("what stands in the way is said before anything is touched", async () => {
  await using scene = await setScene();
  const { kube, world } = scene;
  const { params } = await planned(kube, world);
  const probe = () =>
    postgresMove.probe({ id: "it", params, world, before: null, attempt: null, say: () => undefined });
  const taken = await pair.target.superuser();
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
  await using scene = await setScene();
  const { params } = await planned(scene.kube, scene.world);
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
  const other = await pair.target.superuser();
  try {
    assert.deepEqual(await probe(18), { state: "todo", before: {} });
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
  await using scene = await setScene({ hasProxy: false });
  const step = caseOf((await planned(scene.kube, scene.world)).params, scene);
  const start = await step.look();
  const task = await begin(step, "aaaaaaaaaaa3");
  await assert.rejects(postgresMove.run(task), /PostgreSQL .*could not connect to the publisher/);
  assert.notEqual(await step.look(), start);
  await postgresMove.undo(task);
  assert.equal(await step.look(), start);
});

/** How many sessions of ours stood beside the application's on the target at most. */
async function startCount(): Promise<AsyncDisposable & { readonly most: () => number }> {
  const client = await pair.target.superuser();
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

interface Scene extends AsyncDisposable {
  readonly kube: KubeApi;
  readonly world: World;
}

async function setScene({ hasProxy = true } = {}): Promise<Scene> {
  await using kept = new AsyncDisposableStack();
  const lab: KubeLab = kept.use(await startKube());
  await lab.registerNode({ name: "lab", address: ADDRESS, version: "v1.33.4+k3s1" });
  const kube = kept.use(apiOf(lab));
  await furnish(kube, pair);
  if (hasProxy) kept.use(await startServiceProxy(kube, ADDRESS, pair));
  const secret = secretsOf(pair, "PASSWORD", "ca.pem");
  const world = kept.use(
    createHostWorld({
      sshConfigFile: sshd.clientConfig,
      folder: sshd.folder,
      kube,
      secret: (ref) => new Secret(secret("env" in ref ? ref.env : ref.file)),
    }),
  );
  const moved = kept.move();
  return { kube, world, [Symbol.asyncDispose]: () => moved.disposeAsync() };
}

function caseOf(params: ParamsOf<"postgres-move">, { kube, world }: Scene): StepCase<"postgres-move"> {
  return { handler: postgresMove, params, world, look: () => look(kube) };
}

/** Which address is told, which Services and Secrets of ours there are, and what of us is on either server. */
async function look(kube: KubeApi): Promise<string> {
  const names = async (plural: string) => {
    const path = `/api/v1/namespaces/default/${plural}`;
    const list = await ask<{ readonly items: readonly { readonly metadata: { readonly name: string } }[] }>(
      kube,
      {
        method: "GET",
        path,
      },
    );
    return list.items.map(({ metadata }) => metadata.name).filter((name) => name.startsWith("outgrow"));
  };
  const servers = await Promise.all([pair.source, pair.target].map(leftovers));
  return JSON.stringify({
    host: (await databaseUrl(kube)).host,
    services: await names("services"),
    // Ours are named by the attempt, which differs from time to time.
    secrets: (await names("secrets")).length,
    servers,
  });
}

async function leftovers(side: LabPair["source"]): Promise<unknown> {
  // After the switch the old server lets nobody in.
  const client = await side.superuser().catch((error: Error) => error.message);
  if (typeof client === "string") return client;
  try {
    const { rows } = await client.query(
      `select (select count(*) from pg_replication_slots) as slots, (select count(*) from pg_subscription) as subscriptions,
        (select json_agg(regexp_replace(rolname, 'outgrow_\\w+', 'outgrow') order by rolname) from pg_roles where rolname !~ '^pg_') as roles,
        (select bool_and(rolcanlogin) from pg_roles where rolname = 'glaze') as "mayLogIn",
        (select json_agg(datname order by datname) from pg_database) as databases`,
    );
    return rows[0];
  } finally {
    await client.end();
  }
}

async function plan(kube: KubeApi, world: World) {
  const config = configOf();
  const facts = await factsOf(kube);
  const { value } = await readPostgresFacts(config, facts, world);
  const sources = {
    facts: { ...facts, ...(value === null ? {} : { postgres: value }) },
    config,
    hash: sha256,
  };
  return makePlan({ ...sources, now: Date.now() }, [planner]);
}

async function planned(kube: KubeApi, world: World): Promise<Extract<Step, { kind: "postgres-move" }>> {
  const [step] = (await plan(kube, world)).steps;
  assert.ok(step?.kind === "postgres-move");
  return step;
}

function configOf() {
  const { port } = pair.target.dial;
  return parseConfig(
    [
      "version: 1",
      "cluster: { name: glaze }",
      'metrics: { prometheus: { url: "http://127.0.0.1:9090" } }',
      "postgres: { service: default/glaze-postgres, database: glaze }",
      `hosts: { lab: { role: server, ssh: lab, privateAddress: ${ADDRESS} } }`,
      `target: { postgres: { at: { host: localhost, port: ${port}, user: doadmin, password: { env: PASSWORD }, ca: ca.pem } } }`,
    ].join("\n"),
    "outgrow.yaml",
  );
}

async function factsOf(kube: KubeApi): Promise<Facts> {
  const { value: cluster } = await readCluster(kube);
  const hosts = { lab: hostFactsOf("lab", { addresses: [`eth1 ${ADDRESS}/8`] }) };
  const none = { repository: null, cloud: null, signals: null, gaps: [] };
  return { version: FACTS_VERSION, readAt: "", cluster, hosts, ...none };
}
