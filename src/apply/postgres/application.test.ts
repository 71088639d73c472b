import assert from "node:assert/strict";
import { test } from "node:test";
import { NEVER_READY } from "../../../lab/kube/controllers/kubelets.ts";
import type { KubeLab } from "../../../lab/kube/lab.ts";
import { startKube } from "../../../lab/kube/start.ts";
import { apiOf, clusterWorld } from "../../../test/apply/cluster.ts";
import { auditContext } from "../../audit/context.ts";
import { DEFAULT_INTENT } from "../../audit/intent.ts";
import type { KubeApi } from "../../kube/api.ts";
import { ask, MERGE_PATCH } from "../../kube/ask.ts";
import { readCluster } from "../../kube/readCluster.ts";
import { OutgrowError } from "../../model/error.ts";
import { FACTS_VERSION } from "../../model/facts.ts";
import { applicationPlaces } from "../../plan/postgres/applicationPlaces.ts";
import { namesSource, switchObstacles, switchToSource, switchToTarget } from "./application.ts";
import type { SwitchParts } from "./switchParts.ts";

const PASSWORD = "p%27q%22%40";
const URL = `postgres://glaze:${PASSWORD}@glaze-postgres:5432/glaze`;
const MOVED = `postgres://glaze:${PASSWORD}@private-db.example:25060/glaze?sslmode=require`;
const TARGET = { host: "private-db.example", port: 25060, tls: "verify" } as const;

test("every consumer is told the new address and restarted, and told the old one again", async () => {
  await using lab = await furnished();
  await using kube = apiOf(lab);
  const before = await look(kube);
  const parts = await partsFor(kube);
  assert.deepEqual(await switchObstacles(parts), []);
  await switchToTarget(parts);
  assert.deepEqual(await textsOf(kube), {
    secret: { DATABASE_URL: MOVED, POSTGRES_PASSWORD: "it's" },
    config: {
      PGHOST: "private-db.example",
      PGPORT: "25060",
      "app.ini": "[db]\nhost=private-db.example\nport=25060\n",
    },
    file: MOVED,
    web: "postgres://$(POSTGRES_USER):$(POSTGRES_PASSWORD)@private-db.example:25060/glaze?sslmode=require",
    cron: ["pg_dump", MOVED],
  });
  assert.deepEqual(await podsWithOldTemplate(kube), []);
  assert.equal(await namesSource(parts), false);
  assert.deepEqual((await partsFor(kube)).places.workloads, [], "the audit finds nobody any more");
  const done = await look(kube);
  await switchToTarget(parts);
  assert.deepEqual(await look(kube), done, "done again it is another world");
  await switchToSource(parts);
  assert.deepEqual(await look(kube), before);
  await switchToSource(parts);
  assert.deepEqual(await look(kube), before);
});

test("interrupted between any two writes, it goes on to the end, or back to the start", async () => {
  for (const way of ["on", "back"] as const) {
    for (const kind of ["cut", "cut-after"] as const) {
      for (const path of [
        "secrets/glaze-env",
        "configmaps/glaze-config",
        "deployments/web",
        "cronjobs/nightly",
        "secrets",
      ]) {
        await using lab = await furnished();
        await using kube = apiOf(lab);
        const before = await look(kube);
        const parts = await partsFor(kube);
        await lab.failNext({ kind, method: path === "secrets" ? "POST" : "PATCH", path });
        await assert.rejects(switchToTarget(parts), OutgrowError, `${kind} ${path}`);
        await (way === "on" ? switchToTarget(parts) : switchToSource(parts));
        if (way === "on") assert.equal((await textsOf(kube)).secret.DATABASE_URL, MOVED);
        else assert.deepEqual(await look(kube), before, `${kind} ${path}`);
        assert.deepEqual(await podsWithOldTemplate(kube), []);
      }
    }
  }
});

test("a restart that is owed when the first try died is made up for", async () => {
  await using lab = await furnished();
  await using kube = apiOf(lab);
  const parts = await partsFor(kube);
  await lab.failNext({ kind: "cut", method: "PATCH", path: "deployments/worker" });
  await assert.rejects(switchToTarget(parts));
  const pods = await podsOf(kube, "worker");
  await switchToTarget(parts);
  assert.equal(
    (await podsOf(kube, "worker")).some((name) => pods.includes(name)),
    false,
  );
});

test("a rollout that never gets ready is told by name, and walks back", async () => {
  await using lab = await furnished({ [NEVER_READY]: "true" });
  await using kube = apiOf(lab);
  const parts = await partsFor(kube, 2_000);
  await assert.rejects(switchToTarget(parts), {
    code: "timeout",
    message: /^Deployment default\/worker does not come up\. Waited 600 s in vain: worker: /,
  });
});

test("what was changed by hand before the switch is not guessed at, and nothing is written", async () => {
  await using lab = await furnished();
  await using kube = apiOf(lab);
  const parts = await partsFor(kube);
  await setSecret(kube, { DATABASE_URL: "postgres://glaze@elsewhere/glaze" });
  const before = await look(kube);
  await assert.rejects(switchToTarget(parts), {
    code: "blocked",
    message:
      "The application cannot be told its new address: Secret default/glaze-env names neither the old server nor the new one.",
  });
  assert.deepEqual(await look(kube), before);
});

test("what was changed by hand since the switch is left, named, and everything else goes back", async () => {
  await using lab = await furnished();
  await using kube = apiOf(lab);
  const parts = await partsFor(kube);
  await switchToTarget(parts);
  const byHand = `${MOVED}&pool_max=3`;
  await setSecret(kube, { DATABASE_URL: byHand });
  await assert.rejects(switchToSource(parts), (error: unknown) => {
    assert.ok(error instanceof OutgrowError);
    assert.match(error.message, /Secret default\/glaze-env, DATABASE_URL\. It still names the new server\.$/);
    assert.doesNotMatch(`${error.message} ${error.hint}`, new RegExp(PASSWORD));
    return true;
  });
  const texts = await textsOf(kube);
  assert.equal(texts.secret.DATABASE_URL, byHand);
  assert.equal(texts.config.PGHOST, "glaze-postgres");
  await setSecret(kube, { DATABASE_URL: URL });
  await switchToSource(parts);
  assert.deepEqual(await keptSecrets(kube), []);
});

test("what another object writes, and a paused rollout, are refused before anything is written", async () => {
  await using lab = await furnished();
  await using kube = apiOf(lab);
  const parts = await partsFor(kube);
  await ask(kube, {
    method: "PATCH",
    path: "/apis/apps/v1/namespaces/default/deployments/worker",
    contentType: MERGE_PATCH,
    body: { spec: { paused: true } },
  });
  const path = "/apis/apps/v1/namespaces/default/deployments/other";
  const { metadata } = await ask<{ metadata: { uid: string } }>(kube, { method: "GET", path });
  const owner = { apiVersion: "apps/v1", kind: "Deployment", name: "other", uid: metadata.uid };
  await ask(kube, {
    method: "PATCH",
    path: "/api/v1/namespaces/default/secrets/glaze-env",
    contentType: MERGE_PATCH,
    body: { metadata: { ownerReferences: [owner] } },
  });
  assert.deepEqual(await switchObstacles(parts), [
    "Secret default/glaze-env is written by Deployment other, which would write it back.",
    "Deployment default/worker is paused, so its pods would go on with the old address.",
  ]);
});

async function furnished(workerAnnotations: Readonly<Record<string, string>> = {}): Promise<KubeLab> {
  const lab = await startKube();
  await lab.registerNode({ name: "glaze-prod", address: "10.116.0.2", version: "v1.33.4+k3s1" });
  await using kube = apiOf(lab);
  const core = "/api/v1/namespaces/default";
  const apps = "/apis/apps/v1/namespaces/default";
  for (const [path, body] of [
    [
      `${core}/services`,
      named("Service", "glaze-postgres", { spec: { selector: { app: "pg" }, ports: [{ port: 5432 }] } }),
    ],
    [
      `${core}/secrets`,
      named("Secret", "glaze-env", { stringData: { DATABASE_URL: URL, POSTGRES_PASSWORD: "it's" } }),
    ],
    [`${core}/secrets`, named("Secret", "glaze-files", { stringData: { "database-url": URL } })],
    [
      `${core}/configmaps`,
      named("ConfigMap", "glaze-config", {
        data: {
          PGHOST: "glaze-postgres",
          PGPORT: "5432",
          "app.ini": "[db]\nhost=glaze-postgres\nport=5432\n",
        },
      }),
    ],
    [`${apps}/deployments`, runs("Deployment", "web", web())],
    [`${apps}/deployments`, runs("Deployment", "worker", worker(), workerAnnotations)],
    [`${apps}/deployments`, runs("Deployment", "other", { containers: [{ name: "other", image: "other" }] })],
    ["/apis/batch/v1/namespaces/default/cronjobs", cron()],
  ] as const) {
    await ask(kube, { method: "POST", path, body });
  }
  return lab;
}

function named(kind: string, name: string, more: object) {
  return { apiVersion: "v1", kind, metadata: { name }, ...more };
}

function runs(kind: string, name: string, spec: object, annotations: Readonly<Record<string, string>> = {}) {
  const template = { metadata: { labels: { app: name }, annotations }, spec };
  return {
    ...named(kind, name, { spec: { replicas: 2, selector: { matchLabels: { app: name } }, template } }),
    apiVersion: "apps/v1",
  };
}

function web() {
  const env = [
    { name: "POSTGRES_USER", value: "glaze" },
    {
      name: "POSTGRES_PASSWORD",
      valueFrom: { secretKeyRef: { name: "glaze-env", key: "POSTGRES_PASSWORD" } },
    },
    {
      name: "COMPOSED_URL",
      value: "postgres://$(POSTGRES_USER):$(POSTGRES_PASSWORD)@glaze-postgres:5432/glaze",
    },
  ];
  return {
    containers: [{ name: "web", image: "glaze", env, envFrom: [{ secretRef: { name: "glaze-env" } }] }],
  };
}

function worker() {
  const volumes = [
    { name: "config", configMap: { name: "glaze-config" } },
    { name: "files", secret: { secretName: "glaze-files" } },
  ];
  const volumeMounts = [
    { name: "config", mountPath: "/etc/glaze" },
    { name: "files", mountPath: "/run/secrets" },
  ];
  const envFrom = [{ configMapRef: { name: "glaze-config" } }];
  return { volumes, containers: [{ name: "worker", image: "glaze", envFrom, volumeMounts }] };
}

function cron() {
  const containers = [{ name: "dump", image: "postgres", args: ["pg_dump", URL] }];
  const template = { spec: { restartPolicy: "Never", containers } };
  return {
    ...named("CronJob", "nightly", { spec: { schedule: "0 3 * * *", jobTemplate: { spec: { template } } } }),
    apiVersion: "batch/v1",
  };
}

async function partsFor(kube: KubeApi, speed = 20): Promise<SwitchParts> {
  const { value } = await readCluster(kube);
  const facts = {
    version: FACTS_VERSION,
    readAt: "",
    hosts: {},
    repository: null,
    cloud: null,
    signals: null,
    gaps: [],
  };
  const service = { namespace: "default", name: "glaze-postgres" };
  const intent = { ...DEFAULT_INTENT, postgres: { ...DEFAULT_INTENT.postgres, service } };
  const context = auditContext({ ...facts, cluster: value } as Parameters<typeof auditContext>[0], intent);
  const store = context.stores.find((each) => each.kind === "postgres");
  assert.ok(store !== undefined);
  return {
    source: { names: { names: [service], address: null }, port: 5432 },
    target: TARGET,
    attempt: "aaaaaaaaaaa1",
    places: applicationPlaces(store, context.cluster, true),
    world: clusterWorld(kube, { speed }),
    say: () => undefined,
  };
}

async function setSecret(kube: KubeApi, stringData: object): Promise<void> {
  const path = "/api/v1/namespaces/default/secrets/glaze-env";
  await ask(kube, { method: "PATCH", path, contentType: MERGE_PATCH, body: { stringData } });
}

interface Item {
  readonly metadata: { readonly name: string; readonly annotations?: Readonly<Record<string, string>> };
  readonly data?: Readonly<Record<string, string>>;
  readonly spec: {
    readonly template?: { readonly spec: { readonly containers: readonly Worker[] } };
    readonly jobTemplate?: {
      readonly spec: { readonly template: { readonly spec: { readonly containers: readonly Worker[] } } };
    };
  };
}

interface Worker {
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
  readonly args?: readonly string[];
}

async function get(kube: KubeApi, path: string): Promise<Item> {
  return ask<Item>(kube, { method: "GET", path });
}

async function textsOf(kube: KubeApi) {
  const secret = await get(kube, "/api/v1/namespaces/default/secrets/glaze-env");
  const config = await get(kube, "/api/v1/namespaces/default/configmaps/glaze-config");
  const deployment = await get(kube, "/apis/apps/v1/namespaces/default/deployments/web");
  const files = await get(kube, "/api/v1/namespaces/default/secrets/glaze-files");
  const job = await get(kube, "/apis/batch/v1/namespaces/default/cronjobs/nightly");
  const decoded = Object.entries(secret.data ?? {}).map(([key, text]) => [
    key,
    Buffer.from(text, "base64").toString(),
  ]);
  return {
    secret: Object.fromEntries(decoded) as Record<string, string>,
    config: config.data ?? {},
    file: Buffer.from(files.data?.["database-url"] ?? "", "base64").toString(),
    web: deployment.spec.template?.spec.containers[0]?.env?.find(({ name }) => name === "COMPOSED_URL")
      ?.value,
    cron: job.spec.jobTemplate?.spec.template.spec.containers[0]?.args,
  };
}

/** All that the switch may change; the mark of a restart is no part of it. */
async function look(kube: KubeApi): Promise<unknown> {
  return { texts: await textsOf(kube), kept: await keptSecrets(kube) };
}

async function keptSecrets(kube: KubeApi): Promise<readonly string[]> {
  const { items } = await ask<{ readonly items: readonly Item[] }>(kube, {
    method: "GET",
    path: "/api/v1/namespaces/default/secrets",
  });
  return items.map(({ metadata }) => metadata.name).filter((name) => name.startsWith("outgrow"));
}

async function podsOf(kube: KubeApi, app: string): Promise<readonly string[]> {
  const path = `/api/v1/namespaces/default/pods?labelSelector=app%3D${app}`;
  const { items } = await ask<{ readonly items: readonly Item[] }>(kube, { method: "GET", path });
  return items.map(({ metadata }) => metadata.name);
}

/** Pods of the consumers that do not carry their template's mark. */
async function podsWithOldTemplate(kube: KubeApi): Promise<readonly string[]> {
  const old: string[] = [];
  for (const app of ["web", "worker"]) {
    const path = `/apis/apps/v1/namespaces/default/deployments/${app}`;
    const { spec } = await ask<{ spec: { template: { metadata: Item["metadata"] } } }>(kube, {
      method: "GET",
      path,
    });
    const mark = spec.template.metadata.annotations?.["outgrow.dev/database"];
    const pods = await ask<{ readonly items: readonly Item[] }>(kube, {
      method: "GET",
      path: `/api/v1/namespaces/default/pods?labelSelector=app%3D${app}`,
    });
    old.push(
      ...pods.items.flatMap(({ metadata }) =>
        metadata.annotations?.["outgrow.dev/database"] === mark ? [] : [metadata.name],
      ),
    );
  }
  return old;
}
