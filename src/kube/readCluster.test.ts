import assert from "node:assert/strict";
import { test } from "node:test";
import type { KubeLab, KubeOptions } from "../../lab/kube/lab.ts";
import { startKube } from "../../lab/kube/start.ts";
import type { KubeObject } from "../model/facts.ts";
import type { KubeApi } from "./api.ts";
import { ask } from "./ask.ts";
import { connectKube } from "./connect.ts";
import { readCluster } from "./readCluster.ts";

const SECRET = "s3cr3t-Zx9Qq";
/** As far as it is the same whatever follows. */
const ENCODED = Buffer.from(SECRET).toString("base64").replace(/=+$/, "").slice(0, -1);
const APP = "/apis/apps/v1/namespaces/default";

function connect(kube: KubeLab, context = "lab"): KubeApi {
  const limits = { timeoutMs: 10_000, limitBytes: 64 * 1024 * 1024 };
  return connectKube({ file: kube.kubeconfig, context, home: "/", ...limits });
}

async function glaze(options: KubeOptions = {}): Promise<KubeLab> {
  const kube = await startKube(options);
  await kube.registerNode({ name: "glaze-prod", address: "10.116.0.2", version: "v1.36.2+k3s1" });
  return kube;
}

async function create(api: KubeApi, path: string, ...bodies: readonly object[]): Promise<void> {
  for (const body of bodies) await ask(api, { method: "POST", path, body });
}

async function define(
  api: KubeApi,
  group: string,
  version: string,
  kind: string,
  plural: string,
): Promise<void> {
  await create(api, "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", {
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: plural.startsWith("cluster") ? "Cluster" : "Namespaced",
      names: { plural, kind },
      versions: [{ name: version, served: true, storage: true }],
    },
  });
}

const PEM = `-----BEGIN PRIVATE KEY-----\n${SECRET}\n-----END PRIVATE KEY-----\n`;

function web() {
  const labels = { app: "glaze-web" };
  const container = {
    name: "web",
    image: "glaze:1",
    command: ["sh", "-c", `PGPASSWORD=${SECRET} pg_isready && exec web`],
    args: ["--api-token", SECRET, `--secret-key=${SECRET}`, "--port", "8000"],
    env: [
      { name: "DJANGO_SECRET_KEY", value: SECRET },
      {
        name: "POSTGRES_PASSWORD",
        valueFrom: { secretKeyRef: { name: "glaze-env", key: "POSTGRES_PASSWORD" } },
      },
      { name: "DATABASE_URL", value: "postgres://glaze:$(POSTGRES_PASSWORD)@glaze-postgres:5432/glaze" },
      { name: "REDIS_URL", value: `redis://:${SECRET}@glaze-redis:6379/0` },
    ],
  };
  return {
    metadata: {
      name: "glaze-web",
      annotations: {
        "kubectl.kubernetes.io/last-applied-configuration": JSON.stringify({ env: SECRET }),
        "example.com/api-token": SECRET,
        note: `see https://u:${SECRET}@example.com`,
      },
    },
    spec: {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [container] } },
    },
  };
}

async function plant(api: KubeApi): Promise<void> {
  const core = "/api/v1/namespaces/default";
  await create(api, `${core}/services`, {
    metadata: { name: "glaze-postgres" },
    spec: { ports: [{ port: 5432 }] },
  });
  await create(
    api,
    `${core}/secrets`,
    {
      metadata: { name: "glaze-env", annotations: { "objectset.rio.cattle.io/applied": SECRET } },
      stringData: {
        DATABASE_URL: `postgres://glaze:${SECRET}@glaze-postgres:5432/glaze?sslmode=require`,
        POSTGRES_HOST: "glaze-postgres",
        POSTGRES_PASSWORD: SECRET,
      },
    },
    {
      metadata: { name: "sh.helm.release.v1.glaze.v1" },
      type: "helm.sh/release.v1",
      stringData: { release: SECRET },
    },
  );
  await create(api, `${core}/configmaps`, {
    metadata: { name: "glaze-config" },
    data: {
      BROKER: `redis://:${SECRET}@glaze-redis/1`,
      "app.env": `DEBUG=0\nSENTRY_TOKEN=${SECRET}\n`,
      "tls.pem": PEM,
      "redis.conf": `maxmemory 1gb\nrequirepass ${SECRET}\n`,
      SECRET_KEY: SECRET,
    },
    binaryData: { blob: Buffer.from(SECRET).toString("base64") },
  });
  await create(api, `${APP}/deployments`, web());
  await define(api, "external-secrets.io", "v1", "ExternalSecret", "externalsecrets");
  await define(api, "external-secrets.io", "v1", "ClusterSecretStore", "clustersecretstores");
  await define(api, "helm.cattle.io", "v1", "HelmChart", "helmcharts");
  await create(api, "/apis/external-secrets.io/v1/namespaces/default/externalsecrets", {
    metadata: { name: "glaze-env" },
    spec: {
      data: [{ secretKey: "DATABASE_URL", remoteRef: { key: "/glaze/DATABASE_URL" } }],
      target: { template: { data: { REDIS_URL: "redis://:{{ .REDIS_PASSWORD }}@glaze-redis:6379/0" } } },
    },
  });
  await create(api, "/apis/external-secrets.io/v1/clustersecretstores", {
    metadata: { name: "infisical" },
    spec: {
      provider: { infisical: { auth: { token: SECRET, clientSecret: { key: "id", name: "infisical" } } } },
    },
  });
  await create(api, "/apis/helm.cattle.io/v1/namespaces/default/helmcharts", {
    metadata: { name: "traefik" },
    spec: {
      valuesContent: `replicas: 1\nauth:\n  password: ${SECRET}\n  apiKey: |\n    ${SECRET}\n    ${SECRET}\nport: 80\n`,
    },
  });
}

function find(objects: readonly KubeObject[], kind: string, name: string): KubeObject {
  return (
    objects.find((object) => object.kind === kind && object.metadata.name === name) ??
    assert.fail(`${kind} ${name}`)
  );
}

test("secrets planted everywhere are nowhere in the facts, and what they tell stays", async () => {
  await using kube = await glaze();
  await using api = connect(kube);
  await plant(api);
  const { objects } = (await readCluster(api)).value;
  const text = JSON.stringify(objects);
  for (const form of [
    SECRET,
    ENCODED,
    encodeURIComponent(SECRET),
    "managedFields",
    "last-applied",
    "resourceVersion",
  ]) {
    const at = text.indexOf(form);
    assert.equal(at, -1, `${form}: ${text.slice(Math.max(0, at - 200), at + 50)}`);
  }
  assert.deepEqual(find(objects, "Secret", "glaze-env").data, {
    DATABASE_URL: {
      redacted: true,
      url: {
        scheme: "postgres",
        host: "glaze-postgres",
        port: 5432,
        path: "/glaze",
        parameters: { sslmode: "require" },
      },
    },
    POSTGRES_HOST: { redacted: true, service: "glaze-postgres" },
    POSTGRES_PASSWORD: { redacted: true },
  });
  assert.deepEqual(find(objects, "ConfigMap", "glaze-config").data, {
    BROKER: "redis://[redacted]@glaze-redis/1",
    "app.env": "DEBUG=0\nSENTRY_TOKEN=[redacted]\n",
    "tls.pem": "[redacted]\n[redacted]\n[redacted]\n",
    "redis.conf": "maxmemory 1gb\nrequirepass [redacted]\n",
    SECRET_KEY: "[redacted]",
  });
  assert.equal(
    objects.some(({ metadata }) => metadata.name.startsWith("sh.helm.release")),
    false,
  );
  const { spec } = find(objects, "Deployment", "glaze-web") as unknown as ReturnType<typeof web>;
  const [container] = spec.template.spec.containers;
  assert.deepEqual(container?.command, ["sh", "-c", "PGPASSWORD=[redacted] pg_isready && exec web"]);
  assert.deepEqual(container?.args, [
    "--api-token",
    "[redacted]",
    "--secret-key=[redacted]",
    "--port",
    "8000",
  ]);
  assert.deepEqual(
    container?.env.map(({ name, value }) => [name, value]),
    [
      ["DJANGO_SECRET_KEY", "[redacted]"],
      ["POSTGRES_PASSWORD", undefined],
      ["DATABASE_URL", "postgres://glaze:$(POSTGRES_PASSWORD)@glaze-postgres:5432/glaze"],
      ["REDIS_URL", "redis://[redacted]@glaze-redis:6379/0"],
    ],
  );
  const external = JSON.stringify(find(objects, "ExternalSecret", "glaze-env").spec);
  for (const kept of [
    "DATABASE_URL",
    "/glaze/DATABASE_URL",
    "redis://:{{ .REDIS_PASSWORD }}@glaze-redis:6379/0",
  ]) {
    assert.ok(external.includes(kept), external);
  }
  assert.deepEqual(find(objects, "HelmChart", "traefik").spec, {
    valuesContent:
      "replicas: 1\nauth:\n  password: [redacted]\n  apiKey: |\n    [redacted]\n    [redacted]\nport: 80\n",
  });
});

test("the same search finds them where nothing was taken out", async () => {
  await using kube = await glaze();
  await using api = connect(kube);
  await plant(api);
  const raw = async (path: string) => JSON.stringify(await ask(api, { method: "GET", path }));
  for (const path of [`${APP}/deployments`, "/api/v1/configmaps", "/apis/helm.cattle.io/v1/helmcharts"]) {
    assert.notEqual((await raw(path)).indexOf(SECRET), -1, path);
  }
  assert.notEqual((await raw("/api/v1/secrets")).indexOf(ENCODED), -1);
});

test("what is not installed, not allowed or failing is a gap, and costs only itself", async () => {
  await using kube = await glaze({ users: { reader: { token: "r" } } });
  await kube.deny([{ user: "system:admin", resource: "secrets", verb: "list" }]);
  await kube.failNext({ kind: "status", status: 503, path: "/networkpolicies" });
  await using api = connect(kube);
  const { value, gaps } = await readCluster(api);
  assert.equal(value.version, "v1.36.2+k3s1");
  assert.ok(find(value.objects, "Node", "glaze-prod"));
  const lost = gaps
    .filter(({ reason }) => reason !== "absent")
    .map(({ subject, reason }) => `${reason} ${subject}`);
  assert.deepEqual(lost, ["denied v1 secrets", "failed networking.k8s.io/v1 networkpolicies"]);
  assert.deepEqual(
    gaps.find(({ subject }) => subject === "external-secrets.io/v1 externalsecrets"),
    {
      area: "cluster",
      subject: "external-secrets.io/v1 externalsecrets",
      reason: "absent",
      message: "It is not installed.",
    },
  );
});

test("a group that serves another version is read in its own", async () => {
  await using kube = await glaze();
  await using api = connect(kube);
  await define(api, "external-secrets.io", "v1beta1", "ExternalSecret", "externalsecrets");
  await create(api, "/apis/external-secrets.io/v1beta1/namespaces/default/externalsecrets", {
    metadata: { name: "old" },
  });
  const { objects } = (await readCluster(api)).value;
  assert.equal(find(objects, "ExternalSecret", "old").apiVersion, "external-secrets.io/v1beta1");
});

test("the same world gives the same facts, whatever comes first", async () => {
  await using kube = await glaze();
  await using api = connect(kube);
  await plant(api);
  const before = (await readCluster(api)).value;
  await kube.failNext({ kind: "slow", delayMs: 150, path: "/api/v1/nodes" });
  await kube.setNodeReady("glaze-prod", true);
  assert.deepEqual((await readCluster(api)).value, before);
});

test("an API that cannot be asked is an error, not a gap", async () => {
  await using kube = await glaze();
  await using api = connect(kube);
  await kube.stop();
  await assert.rejects(readCluster(api), { code: "unreachable" });
});
