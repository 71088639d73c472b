import assert from "node:assert/strict";
import { test } from "node:test";
import type { Facts, KubeObject } from "../../model/facts.ts";
import { parseConfig } from "../parse.ts";
import { type DraftInput, draftConfig } from "./draft.ts";

const nothing: Facts = {
  version: 1,
  readAt: "2026-11-23T19:32:00Z",
  cluster: null,
  hosts: {},
  repository: null,
  cloud: null,
  signals: null,
  gaps: [],
};
const input: DraftInput = {
  facts: nothing,
  metricsUrl: null,
  usageHours: null,
  clusterName: "glaze",
  kubeconfig: "~/.kube/config",
  context: null,
  timeZone: "America/New_York",
};

test("from nothing comes a configuration that is valid and says what it does not know", () => {
  const { text, unknown } = draftConfig(input);
  assert.equal(parseConfig(text, "outgrow.yaml").cluster.name, "glaze");
  assert.equal(unknown.length, 9);
  assert.equal(text.match(/NOT KNOWN:/g)?.length, 9);
});

test("from a cluster, its cloud and its checkout comes the whole", () => {
  const facts: Facts = {
    ...nothing,
    cluster: { version: "v1.33.4+k3s1", objects: GLAZE },
    cloud: {
      provider: "digitalocean",
      droplets: [
        {
          id: 1,
          name: "glaze-prod",
          region: "nyc3",
          size: "s-2vcpu-2gb",
          image: null,
          vpcId: null,
          publicAddress: "203.0.113.2",
          privateAddress: "10.116.0.2",
          tags: [],
        },
      ],
      vpcs: [],
      firewalls: [],
      sizes: [],
    },
    repository: {
      objects: [],
      files: [
        { path: "chart/glaze/Chart.yaml", text: "name: glaze" },
        { path: ".github/workflows/cd.yml", text: "run: helm upgrade" },
        { path: "infra/k3s/config.yaml", text: "disable: [metrics-server]" },
      ],
    },
  };
  const { text, unknown } = draftConfig({
    ...input,
    facts,
    usageHours: { timeZone: "America/New_York", days: ["mon", "fri"], from: 480, to: 1380 },
  });
  assert.deepEqual(unknown, []);
  assert.doesNotMatch(text, /NOT KNOWN: (?!Grafana)/);
  const config = parseConfig(text, "outgrow.yaml");
  assert.deepEqual(config.scope.web, {
    namespace: "default",
    name: "glaze-web",
    container: null,
    service: null,
  });
  assert.deepEqual(config.scope.worker?.name, "glaze-worker");
  const service = { namespace: "default", name: "glaze-postgres" };
  assert.deepEqual(config.postgres, { service, user: null, password: null });
  assert.deepEqual([config.scope.database, config.scope.redisLimitBytes], ["glaze", 1024 ** 3]);
  assert.deepEqual(config.hosts, [
    {
      name: "glaze-prod",
      role: "server",
      ssh: "root@glaze-prod",
      privateAddress: "10.116.0.2",
      size: "s-2vcpu-2gb",
    },
  ]);
  assert.deepEqual(
    config.target?.hosts.map(({ name, size }) => [name, size]),
    [["glaze-worker-1", "s-2vcpu-2gb"]],
  );
  assert.deepEqual(config.repository, {
    path: ".",
    chart: "chart/glaze",
    workflow: ".github/workflows/cd.yml",
    k3sConfig: "infra/k3s/config.yaml",
  });
  assert.deepEqual(
    [config.secrets?.infisical.project, config.secrets?.infisical.environment],
    ["glaze", "prod"],
  );
  assert.equal(
    typeof config.metrics === "object" && config.metrics.prometheus.url,
    "https://prometheus-prod-10.grafana.net/api/prom",
  );
  assert.deepEqual(config.trigger.hours, {
    timeZone: "America/New_York",
    days: ["mon", "fri"],
    from: 480,
    to: 1380,
  });
});

test("names that YAML would take for something else are quoted", () => {
  for (const clusterName of ["null", "1.5", "on", "a: b", "- x", "#1", "ünï"]) {
    assert.equal(
      parseConfig(draftConfig({ ...input, clusterName }).text, "outgrow.yaml").cluster.name,
      clusterName,
    );
  }
});

const pods = (app: string, container: object) => ({
  template: { metadata: { labels: { app } }, spec: { containers: [{ name: app, ...container }] } },
});

const GLAZE: readonly KubeObject[] = [
  {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name: "glaze-prod", labels: { "node-role.kubernetes.io/control-plane": "true" } },
    status: { addresses: [{ type: "InternalIP", address: "203.0.113.2" }] },
  },
  {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { namespace: "default", name: "glaze-web" },
    spec: pods("web", {}),
  },
  {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { namespace: "default", name: "glaze-worker" },
    spec: pods("worker", { args: ["celery", "-A", "glaze", "worker"] }),
  },
  service("glaze-web", "web", 80),
  service("glaze-postgres", "db", 5432),
  service("glaze-redis", "redis", 6379),
  {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: { namespace: "default", name: "glaze-postgres" },
    spec: pods("db", { image: "postgres:15", env: [{ name: "POSTGRES_DB", value: "glaze" }] }),
  },
  {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: { namespace: "default", name: "glaze-redis" },
    spec: pods("redis", { image: "redis:7", resources: { limits: { memory: "1Gi" } } }),
  },
  {
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    metadata: { namespace: "default", name: "glaze" },
    spec: { rules: [{ http: { paths: [{ backend: { service: { name: "glaze-web" } } }] } }] },
  },
  {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { namespace: "default", name: "alloy" },
    data: { "config.alloy": 'url = "https://prometheus-prod-10.grafana.net/api/prom/push"' },
  },
  {
    apiVersion: "external-secrets.io/v1",
    kind: "ClusterSecretStore",
    metadata: { name: "infisical" },
    spec: { provider: { infisical: { secretsScope: { projectSlug: "glaze", environmentSlug: "prod" } } } },
  },
];

function service(name: string, app: string, port: number): KubeObject {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { namespace: "default", name },
    spec: { selector: { app }, ports: [{ port }] },
  };
}
