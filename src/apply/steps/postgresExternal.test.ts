import assert from "node:assert/strict";
import { test } from "node:test";
import {
  EXTERNAL_SECRETS,
  externalSecrets,
  type SecretManager,
} from "../../../lab/kube/controllers/externalSecrets.ts";
import { databaseUrl, endpointAt } from "../../../lab/postgres/clusterMove.ts";
import { commitFaults } from "../../../lab/postgres/commits.ts";
import { startWriters, type Writers } from "../../../lab/postgres/writers.ts";
import { waitFor } from "../../../lab/waitFor.ts";
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
import { begin, exercise } from "../../../test/apply/stepHarness.ts";
import { ask } from "../../kube/ask.ts";
import { postgresFinish } from "./postgres-finish.ts";
import { postgresMove } from "./postgres-move.ts";

const REMOTE = "/glaze/DATABASE_URL";
const CORE = "/api/v1/namespaces/default";
const EXTERNAL = "/apis/external-secrets.io/v1/namespaces/default/externalsecrets";

const lab = useMoveLab();

test("an address that External Secrets writes: there and home again, twice, under writes and under its refresh all the time", async () => {
  await using stage = await setStage();
  const { scene, writers } = stage;
  const { params } = await plannedMove(scene);
  const check = async () => {
    assert.equal((await databaseUrl(scene.kube)).hostname, "localhost");
    await stage.more("on the target");
    assert.equal((await databaseUrl(scene.kube)).hostname, "localhost", "written back");
    assert.deepEqual((await planOf(scene)).steps, [], "the plan after the move");
  };
  await exercise({
    handler: postgresMove,
    params,
    world: scene.world,
    check,
    look: async () => `${await lookAt(scene)} ${await externalLook(scene)}`,
  });
  await stage.more("at home");
  const ledger = await writers.stop();
  assert.deepEqual(await commitFaults(lab().pair, "source", ledger), []);
});

test("it is finished only once the secret manager says the new address; then the template is as it was", async () => {
  await using stage = await setStage();
  const { scene, writers, manager } = stage;
  const { kube, world } = scene;
  const before = await specOf(scene);
  const step = {
    handler: postgresMove,
    params: (await plannedMove(scene)).params,
    world,
    look: () => lookAt(scene),
  };
  const move = await begin(step, "ccccccccccc1");
  await postgresMove.run(move);
  const params = { move: step.params, attempt: move.attempt, without: [] };
  const task = { id: "it", params, world, say: () => undefined };
  const probe = await postgresFinish.probe({ ...task, before: null, attempt: null });
  assert.ok(probe.state === "blocked");
  assert.match(
    probe.fix,
    /^\/glaze\/DATABASE_URL \(ExternalSecret default\/glaze, DATABASE_URL\): write there/,
  );
  manager.values.set(REMOTE, (await databaseUrl(kube)).href);
  const finish = await begin({ ...step, handler: postgresFinish, params }, "ccccccccccc2");
  await postgresFinish.run(finish);
  await postgresFinish.verify(finish);
  await stage.more("after it");
  assert.equal((await databaseUrl(kube)).hostname, "localhost");
  assert.equal(await specOf(scene), before);
  const ledger = await writers.stop();
  assert.deepEqual(await commitFaults(lab().pair, "target", ledger), []);
  await assertNothingLeft(scene);
  await clearTarget(lab().pair);
});

interface Stage extends AsyncDisposable {
  readonly scene: MoveScene;
  readonly manager: SecretManager;
  readonly writers: Writers;
  /** Waits until some more commits were acknowledged. */
  more(where: string): Promise<void>;
}

/** Clients write wherever the Secret leads, and the controller is given cause to write it ten times a second. */
async function setStage(): Promise<Stage> {
  await using kept = new AsyncDisposableStack();
  const manager: SecretManager = { values: new Map(), isAway: true };
  const scene = kept.use(await setMoveScene(lab(), { controllers: [externalSecrets(manager)] }));
  const { kube, pair } = scene;
  let url = await databaseUrl(kube);
  manager.values.set(REMOTE, url.href);
  manager.isAway = false;
  await install(scene);
  let count = 0;
  const refresh = async () => {
    const metadata = { name: `refresh-${count++}` };
    const body = { apiVersion: "v1", kind: "ConfigMap", metadata };
    await ask(kube, { method: "POST", path: `${CORE}/configmaps`, body });
    url = await databaseUrl(kube);
  };
  const timer = setInterval(() => void refresh().catch(() => undefined), 100);
  kept.defer(() => clearInterval(timer));
  const writers = kept.use(startWriters({ endpoint: () => endpointAt(url, pair) }));
  const more = async (where: string) => {
    const now = [writers.count(), count] as const;
    const isMore = () => (writers.count() > now[0] + 20 && count > now[1] + 5) || undefined;
    await waitFor(`commits ${where}`, isMore);
  };
  await more("before");
  const moved = kept.move();
  return { scene, manager, writers, more, [Symbol.asyncDispose]: () => moved.disposeAsync() };
}

/** From then on the Secret of the application is the controller's. */
async function install({ kube }: MoveScene): Promise<void> {
  const path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
  await ask(kube, { method: "POST", path, body: EXTERNAL_SECRETS });
  const body = {
    apiVersion: "external-secrets.io/v1",
    kind: "ExternalSecret",
    metadata: { name: "glaze" },
    spec: {
      secretStoreRef: { kind: "ClusterSecretStore", name: "infisical" },
      target: { name: "glaze-env" },
      data: [{ secretKey: "DATABASE_URL", remoteRef: { key: REMOTE } }],
    },
  };
  await ask(kube, { method: "POST", path: EXTERNAL, body });
}

interface Named {
  readonly metadata: { readonly name: string };
}

/** What of it the move may change, byte for byte: every ExternalSecret's spec, and the Secret that is written. */
async function externalLook({ kube }: MoveScene): Promise<string> {
  const { items } = await ask<{ readonly items: readonly (Named & { readonly spec: object })[] }>(kube, {
    method: "GET",
    path: EXTERNAL,
  });
  const { data } = await ask<{ readonly data: object }>(kube, {
    method: "GET",
    path: `${CORE}/secrets/glaze-env`,
  });
  return JSON.stringify({ externals: items.map(({ metadata, spec }) => [metadata.name, spec]), data });
}

async function specOf({ kube }: MoveScene): Promise<string> {
  const { spec } = await ask<{ readonly spec: object }>(kube, { method: "GET", path: `${EXTERNAL}/glaze` });
  return JSON.stringify(spec);
}
