import assert from "node:assert/strict";
import { test } from "node:test";
import {
  EXTERNAL_SECRETS,
  externalSecrets,
  type SecretManager,
} from "../../../lab/kube/controllers/externalSecrets.ts";
import type { KubeLab } from "../../../lab/kube/lab.ts";
import { startKube } from "../../../lab/kube/start.ts";
import { apiOf, clusterWorld } from "../../../test/apply/cluster.ts";
import { auditContext } from "../../audit/context.ts";
import { DEFAULT_INTENT } from "../../audit/intent.ts";
import type { KubeApi } from "../../kube/api.ts";
import { ask } from "../../kube/ask.ts";
import { readCluster } from "../../kube/readCluster.ts";
import { OutgrowError } from "../../model/error.ts";
import { FACTS_VERSION } from "../../model/facts.ts";
import type { ApplicationPlaces } from "../../model/steps/postgres-move.ts";
import { applicationPlaces } from "../../plan/postgres/applicationPlaces.ts";
import { forgetSource, namesSource, switchObstacles, switchToSource, switchToTarget } from "./application.ts";
import { unsettledKeys, untranslate } from "./externalSwitch.ts";
import type { SwitchParts } from "./switchParts.ts";

const PASSWORD = "p%27q%22%40";
const OLD = `postgres://glaze:${PASSWORD}@glaze-postgres:5432/glaze`;
const NEW = `postgres://glaze:${PASSWORD}@private-db.example:25060/glaze?sslmode=require`;
const REMOTE = "/glaze/DATABASE_URL";
const CORE = "/api/v1/namespaces/default";
const EXTERNAL = "/apis/external-secrets.io/v1/namespaces/default/externalsecrets";

/** Without a template; with one that composes the address; with one that takes the value as it is. */
const TEMPLATES = {
  none: undefined,
  composing: { data: { DATABASE_URL: "postgres://glaze:{{ .PASSWORD }}@glaze-postgres:5432/glaze" } },
  passing: { mergePolicy: "Merge", data: { DATABASE_URL: "{{ .DATABASE_URL }}", MODE: "production" } },
} as const;

for (const [shape, template] of Object.entries(TEMPLATES)) {
  test(`template ${shape}: what External Secrets writes is the new address, and the old one again`, async () => {
    await using scene = await setScene(template);
    const { kube, look } = scene;
    const start = await look();
    const parts = await partsFor(kube);
    assert.deepEqual(await switchObstacles(parts), []);
    assert.equal(await namesSource(parts), true);
    await switchToTarget(parts);
    assert.equal(await databaseUrl(kube), NEW);
    assert.equal(await namesSource(parts), false);
    assert.deepEqual((await placesIn(kube)).workloads, [], "the next plan finds nobody any more");
    const done = await look();
    assert.doesNotMatch(done, /p%27q/, "no password in a template");
    await switchToTarget(parts);
    assert.equal(await look(), done, "done again it is another world");
    await switchToSource(parts);
    assert.equal(await databaseUrl(kube), OLD);
    assert.equal(await look(), start);
    await switchToSource(parts);
    assert.equal(await look(), start);
  });
}

test("the value is refreshed all the time, and the old address is never written again", async () => {
  await using scene = await setScene();
  const { kube, manager, poke } = scene;
  const parts = await partsFor(kube);
  await switchToTarget(parts);
  for (const value of [OLD, NEW, `${NEW}&application_name=web`, OLD]) {
    manager.values.set(REMOTE, value);
    await poke();
    assert.match(await databaseUrl(kube), /@private-db\.example:25060\/glaze\?sslmode=require/);
  }
});

test("a controller that is away is not waited for: the Secret is written, and later written the same", async () => {
  await using scene = await setScene();
  const { kube, manager, poke } = scene;
  const parts = await partsFor(kube);
  manager.isAway = true;
  await switchToTarget(parts);
  assert.equal(await databaseUrl(kube), NEW);
  manager.isAway = false;
  await poke();
  assert.equal(await databaseUrl(kube), NEW);
});

test("interrupted at any write, it goes on to the end, or back to the start", async () => {
  for (const way of ["on", "back"] as const) {
    for (const kind of ["cut", "cut-after"] as const) {
      for (const path of ["externalsecrets/glaze", "secrets/outgrow-before", "deployments/web", "secrets"]) {
        await using scene = await setScene();
        const { kube, look, lab } = scene;
        const start = await look();
        const parts = await partsFor(kube);
        await lab.failNext({ kind, method: path === "secrets" ? "POST" : "PATCH", path });
        await assert.rejects(switchToTarget(parts), OutgrowError, `${kind} ${path}`);
        await (way === "on" ? switchToTarget(parts) : switchToSource(parts));
        if (way === "on") assert.equal(await databaseUrl(kube), NEW);
        else assert.equal(await look(), start, `${kind} ${path}`);
      }
    }
  }
});

test("a person who changed the remote key meanwhile: on the way back the application is told the old address all the same", async () => {
  await using scene = await setScene();
  const { kube, manager, look, poke } = scene;
  const start = await look();
  const parts = await partsFor(kube);
  await switchToTarget(parts);
  manager.values.set(REMOTE, `${NEW}&application_name=web`);
  for (let time = 0; time < 2; time++) {
    await assert.rejects(switchToSource(parts), {
      code: "drift",
      message: `The application uses the old server again, but its secret manager does not say so: ${REMOTE} (ExternalSecret default/glaze, DATABASE_URL).`,
    });
    await poke();
    assert.equal(await databaseUrl(kube), `${OLD}`);
  }
  manager.values.set(REMOTE, OLD);
  await switchToSource(parts);
  assert.equal(await databaseUrl(kube), OLD);
  assert.equal(await look(), start);
});

test("finished only when the secret manager says the new address by itself; then the template is as it was", async () => {
  await using scene = await setScene();
  const { kube, manager, look, poke } = scene;
  const before = (await external(kube)).spec;
  const parts = await partsFor(kube);
  await switchToTarget(parts);
  const done = await look();
  assert.deepEqual(await unsettledKeys(parts), [
    `${REMOTE} (ExternalSecret default/glaze, DATABASE_URL): write there what this prints: ` +
      "kubectl -n default get secret glaze-env -o jsonpath='{.data.DATABASE_URL}' | base64 -d",
  ]);
  assert.equal(await look(), done, "asking changed something");
  manager.values.set(REMOTE, NEW);
  assert.deepEqual(await unsettledKeys(parts), []);
  await untranslate(parts);
  await forgetSource(parts);
  await poke();
  assert.equal(await databaseUrl(kube), NEW);
  assert.deepEqual((await external(kube)).spec, before);
  assert.doesNotMatch(await look(), /outgrow-/);
});

test("what else writes it, or a template that cannot be told, is an obstacle before anything is written", async () => {
  await using scene = await setScene({ data: { DATABASE_URL: "{{ .DATABASE_URL }}{{ .SUFFIX }}" } });
  const { kube, look, manager, poke } = scene;
  manager.values.set("/glaze/SUFFIX", "");
  await poke();
  const parts = await partsFor(kube);
  const start = await look();
  assert.deepEqual(await switchObstacles(parts), [
    "ExternalSecret default/glaze, DATABASE_URL: how it comes to the address cannot be told.",
  ]);
  await assert.rejects(switchToTarget(parts), { code: "blocked" });
  assert.equal(await look(), start);
});

interface Scene extends AsyncDisposable {
  readonly lab: KubeLab;
  readonly kube: KubeApi;
  readonly manager: SecretManager;
  /** Everything the switch may change, as text; Secrets by their names alone. */
  look(): Promise<string>;
  /** Lets the controllers run. */
  poke(): Promise<void>;
}

async function setScene(template?: object): Promise<Scene> {
  await using kept = new AsyncDisposableStack();
  const values = new Map([
    [REMOTE, OLD],
    ["/glaze/PASSWORD", PASSWORD],
  ]);
  const manager: SecretManager = { values, isAway: false };
  const lab = kept.use(await startKube({}, [externalSecrets(manager)]));
  await lab.registerNode({ name: "glaze-prod", address: "10.116.0.2", version: "v1.33.4+k3s1" });
  const kube = kept.use(apiOf(lab));
  await furnish(kube, template);
  let pokes = 0;
  const moved = kept.move();
  return {
    lab,
    kube,
    manager,
    look: () => lookAt(kube),
    poke: async () => {
      const metadata = { name: `poke-${pokes++}` };
      await ask(kube, {
        method: "POST",
        path: `${CORE}/configmaps`,
        body: { apiVersion: "v1", kind: "ConfigMap", metadata },
      });
    },
    [Symbol.asyncDispose]: () => moved.disposeAsync(),
  };
}

async function furnish(kube: KubeApi, template: object | undefined): Promise<void> {
  const data = [
    "DATABASE_URL",
    "PASSWORD",
    ...(JSON.stringify(template)?.includes("SUFFIX") ? ["SUFFIX"] : []),
  ];
  const env = [{ name: "web", image: "glaze", envFrom: [{ secretRef: { name: "glaze-env" } }] }];
  const pods = { metadata: { labels: { app: "web" } }, spec: { containers: env } };
  for (const [path, apiVersion, kind, name, more] of [
    [
      "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
      EXTERNAL_SECRETS.apiVersion,
      EXTERNAL_SECRETS.kind,
      EXTERNAL_SECRETS.metadata.name,
      { spec: EXTERNAL_SECRETS.spec },
    ],
    [
      EXTERNAL,
      "external-secrets.io/v1",
      "ExternalSecret",
      "glaze",
      {
        spec: {
          secretStoreRef: { kind: "ClusterSecretStore", name: "infisical" },
          target: { name: "glaze-env", ...(template === undefined ? {} : { template }) },
          data: data.map((key) => ({ secretKey: key, remoteRef: { key: `/glaze/${key}` } })),
        },
      },
    ],
    [
      `${CORE}/services`,
      "v1",
      "Service",
      "glaze-postgres",
      { spec: { selector: { app: "pg" }, ports: [{ port: 5432 }] } },
    ],
    [
      "/apis/apps/v1/namespaces/default/deployments",
      "apps/v1",
      "Deployment",
      "web",
      { spec: { replicas: 1, selector: { matchLabels: { app: "web" } }, template: pods } },
    ],
  ] as const) {
    await ask(kube, { method: "POST", path, body: { apiVersion, kind, metadata: { name }, ...more } });
  }
}

async function placesIn(kube: KubeApi): Promise<ApplicationPlaces> {
  const { value: cluster } = await readCluster(kube);
  const none = { hosts: {}, repository: null, cloud: null, signals: null, gaps: [] };
  const service = { namespace: "default", name: "glaze-postgres" };
  const intent = { ...DEFAULT_INTENT, postgres: { ...DEFAULT_INTENT.postgres, service } };
  const context = auditContext({ version: FACTS_VERSION, readAt: "", cluster, ...none }, intent);
  const store = context.stores.find((each) => each.kind === "postgres");
  assert.ok(store !== undefined);
  return applicationPlaces(store, context.cluster, true);
}

async function partsFor(kube: KubeApi): Promise<SwitchParts> {
  return {
    source: {
      names: { names: [{ namespace: "default", name: "glaze-postgres" }], address: null },
      port: 5432,
    },
    target: { host: "private-db.example", port: 25060, tls: "verify" },
    attempt: "aaaaaaaaaaa1",
    places: await placesIn(kube),
    world: clusterWorld(kube, { speed: 50 }),
    say: () => undefined,
  };
}

async function databaseUrl(kube: KubeApi): Promise<string> {
  const { data } = await ask<{ readonly data: { readonly DATABASE_URL: string } }>(kube, {
    method: "GET",
    path: `${CORE}/secrets/glaze-env`,
  });
  return Buffer.from(data.DATABASE_URL, "base64").toString();
}

async function external(kube: KubeApi): Promise<{ readonly spec: object }> {
  return ask(kube, { method: "GET", path: `${EXTERNAL}/glaze` });
}

async function lookAt(kube: KubeApi): Promise<string> {
  const names = async (path: string) => {
    const { items } = await ask<{
      readonly items: readonly { readonly metadata: { readonly name: string } }[];
    }>(kube, { method: "GET", path });
    return items.map(({ metadata }) => metadata.name);
  };
  const secrets = await names(`${CORE}/secrets`);
  return JSON.stringify({ secrets, externals: await names(EXTERNAL), spec: (await external(kube)).spec });
}
