import assert from "node:assert/strict";
import { test } from "node:test";
import { auditContext } from "../../audit/context.ts";
import { DEFAULT_INTENT } from "../../audit/intent.ts";
import type { KubeObject } from "../../model/facts.ts";
import { FACTS_VERSION } from "../../model/facts.ts";
import type { ApplicationPlaces } from "../../model/steps/postgres-move.ts";
import { applicationPlaces } from "./applicationPlaces.ts";

const SERVICE = { namespace: "default", name: "glaze-postgres" };

test("a host alone needs its port beside it", () => {
  const env = [{ name: "DB_HOST", value: "glaze-postgres" }];
  assert.deepEqual(placesOf([deployment([...env, { name: "DB_PORT", value: "5432" }])]).workloads[0], {
    kind: "Deployment",
    namespace: "default",
    name: "web",
    isWritten: true,
    ports: ["web/env/DB_PORT"],
    hosts: ["DB_HOST"],
    reads: [],
  });
  assert.deepEqual(placesOf([deployment(env)]).obstacles, [
    {
      why: "Deployment default/web, container web: DB_HOST holds the host, and no variable holds the port, which changes too",
      fix: "Let the application take its port from DB_PORT, 5432 for now.",
    },
  ]);
  assert.deepEqual(placesOf([deployment(env)], false).obstacles, [], "the port stays");
  const composed = { name: "DATABASE_URL", value: "postgres://u@$(DB_HOST):5432/g" };
  assert.deepEqual(placesOf([deployment([...env, composed])]).obstacles, []);
});

const URL_REF = { secretKeyRef: { name: "glaze-env", key: "DATABASE_URL" } };

/** A Deployment whose address an ExternalSecret writes. */
function external(target: object): ApplicationPlaces {
  const writer = {
    apiVersion: "external-secrets.io/v1",
    kind: "ExternalSecret",
    metadata: { namespace: "default", name: "glaze" },
    spec: {
      target: { name: "glaze-env", ...target },
      dataFrom: [{ extract: { key: "/glaze" } }],
    },
  };
  const url = { scheme: "postgres", host: "glaze-postgres", port: 5432, path: "/glaze" };
  const secret = {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { namespace: "default", name: "glaze-env" },
    data: { DATABASE_URL: { redacted: true, url } },
  };
  return placesOf([writer, secret, deployment([{ name: "DATABASE_URL", valueFrom: URL_REF }])]);
}

test("an ExternalSecret is a place of its own, and pods are restarted for the Secret alone", () => {
  const { objects, workloads, obstacles } = external({});
  assert.deepEqual(obstacles, []);
  const entries = [{ key: "DATABASE_URL", holds: "address" }];
  assert.deepEqual(objects, [
    {
      kind: "ExternalSecret",
      namespace: "default",
      name: "glaze",
      entries,
      external: { version: "v1", secret: "glaze-env", remotes: { DATABASE_URL: "/glaze/DATABASE_URL" } },
    },
    { kind: "Secret", namespace: "default", name: "glaze-env", entries },
  ]);
  assert.deepEqual(workloads[0]?.reads, [{ kind: "Secret", namespace: "default", name: "glaze-env" }]);
});

test("an ExternalSecret whose template cannot replace a text is named with what must be changed where", () => {
  for (const template of [{ engineVersion: "v1" }, { templateFrom: [{ configMap: { name: "env" } }] }]) {
    const { objects, obstacles } = external({ template });
    assert.equal(objects.length, 1);
    assert.equal(obstacles.length, 1);
    assert.equal(
      obstacles[0]?.why,
      "ExternalSecret default/glaze writes key DATABASE_URL of Secret default/glaze-env and would write the old address back",
    );
    assert.match(obstacles[0]?.fix ?? "", /^Before the move, take the key out of it and keep it in a Secret/);
  }
});

test("a pod that nothing starts anew is an obstacle", () => {
  const env = [{ name: "PGHOST", value: "glaze-postgres" }];
  const pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { namespace: "default", name: "shell" },
    spec: { containers: [{ name: "shell", env }] },
  };
  assert.match(placesOf([pod]).obstacles[0]?.why ?? "", /^Pod default\/shell belongs to nothing/);
});

function deployment(env: readonly object[]): KubeObject {
  const template = { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "web", env }] } };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { namespace: "default", name: "web" },
    spec: { template },
  };
}

function placesOf(objects: readonly KubeObject[], needsPort = true): ApplicationPlaces {
  const service = {
    apiVersion: "v1",
    kind: "Service",
    metadata: SERVICE,
    spec: { selector: { app: "pg" }, ports: [{ port: 5432 }] },
  };
  const cluster = { version: null, objects: [service, ...objects] };
  const none = { hosts: {}, repository: null, cloud: null, signals: null, gaps: [] };
  const intent = { ...DEFAULT_INTENT, postgres: { ...DEFAULT_INTENT.postgres, service: SERVICE } };
  const context = auditContext({ version: FACTS_VERSION, readAt: "", cluster, ...none }, intent);
  const [store] = context.stores;
  assert.ok(store !== undefined);
  return applicationPlaces(store, context.cluster, needsPort);
}
