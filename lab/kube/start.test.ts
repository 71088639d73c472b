import assert from "node:assert/strict";
import { test } from "node:test";
import { waitFor } from "../waitFor.ts";
import type { KubeLab } from "./lab.ts";
import { read, type Stored } from "./object.ts";
import { startKubeProcess } from "./process.ts";
import { createReplay, type Reply } from "./replay.ts";
import { startKube } from "./start.ts";

const NODE = { name: "glaze-prod", address: "10.116.0.2", version: "v1.36.2+k3s1" };
const SECOND = {
  name: "glaze-worker-1",
  address: "10.116.0.3",
  version: "v1.36.2+k3s1",
  role: "agent",
} as const;
const WEB = "/apis/apps/v1/namespaces/default/deployments/web";
const MERGE = "application/merge-patch+json";

function client(kube: KubeLab) {
  const { send } = createReplay(kube);
  return {
    get: (path: string, token?: string) => send({ method: "GET", path }, token),
    post: (path: string, body: unknown) =>
      send({ method: "POST", path, contentType: "application/json", body }),
    patch: (path: string, body: unknown) => send({ method: "PATCH", path, contentType: MERGE, body }),
    remove: (path: string) => send({ method: "DELETE", path }),
  };
}

function deployment(name: string, replicas: number, more: object = {}) {
  const labels = { app: name };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { containers: [{ name: "main", image: `${name}:1` }], ...more },
      },
    },
  };
}

function names({ body }: Reply): readonly string[] {
  return (read<readonly Stored[]>(body, "items") ?? []).map(({ metadata }) => metadata.name);
}

async function podsByNode(kube: KubeLab): Promise<Readonly<Record<string, number>>> {
  const pods = await client(kube).get("/api/v1/namespaces/default/pods");
  const groups = Map.groupBy(
    read<readonly Stored[]>(pods.body, "items") ?? [],
    (pod) => read<string>(pod, "spec", "nodeName") ?? "",
  );
  return Object.fromEntries([...groups].map(([node, items]) => [node, items.length]));
}

test("pods keep off a tainted node; taken away, a restart spreads them", async () => {
  await using kube = await startKube();
  const { post, patch } = client(kube);
  await kube.registerNode(NODE);
  const taints = [{ key: "outgrow/joining", value: "true", effect: "NoSchedule" }];
  await kube.registerNode({ ...SECOND, taints });
  await post("/apis/apps/v1/namespaces/default/deployments", deployment("web", 2));
  assert.deepEqual(await podsByNode(kube), { "glaze-prod": 2 });
  await patch("/api/v1/nodes/glaze-worker-1", { spec: { taints: null } });
  assert.deepEqual(await podsByNode(kube), { "glaze-prod": 2 });
  await patch(WEB, {
    spec: { template: { metadata: { annotations: { "kubectl.kubernetes.io/restartedAt": "now" } } } },
  });
  assert.deepEqual(await podsByNode(kube), { "glaze-prod": 1, "glaze-worker-1": 1 });
});

test("a rollout whose pods never become ready stops half-way, and goes on when they do", async () => {
  await using kube = await startKube();
  const { get, post, patch } = client(kube);
  await kube.registerNode(NODE);
  await post("/apis/apps/v1/namespaces/default/deployments", deployment("web", 2));
  const sick = (value: string | null) => ({
    spec: { template: { metadata: { annotations: { "lab.outgrow/never-ready": value } } } },
  });
  await patch(WEB, sick("true"));
  const stuck = read<Record<string, unknown>>((await get(WEB)).body, "status");
  assert.equal(stuck?.updatedReplicas, 1);
  assert.equal(stuck?.availableReplicas, 2);
  await patch(WEB, sick(null));
  const done = read<Record<string, unknown>>((await get(WEB)).body, "status");
  assert.equal(done?.updatedReplicas, 2);
  assert.equal(done?.availableReplicas, 2);
});

test("podStartMs: a pod is pending first and ready later", async () => {
  await using kube = await startKube({ podStartMs: 1500 });
  const { get, post } = client(kube);
  await kube.registerNode(NODE);
  await post("/apis/apps/v1/namespaces/default/deployments", deployment("web", 1));
  assert.equal(read((await get(WEB)).body, "status", "readyReplicas"), undefined);
  await waitFor("the pod", async () => read((await get(WEB)).body, "status", "readyReplicas"));
});

test("a local volume binds its pod to its node, and outlives its claim only with Retain", async () => {
  await using kube = await startKube();
  const { get, post, patch, remove } = client(kube);
  await kube.registerNode(NODE);
  await post("/apis/storage.k8s.io/v1/storageclasses", {
    metadata: { name: "local-path" },
    provisioner: "rancher.io/local-path",
    volumeBindingMode: "WaitForFirstConsumer",
  });
  const claims = "/api/v1/namespaces/default/persistentvolumeclaims";
  const claim = (name: string) => ({
    metadata: { name },
    spec: {
      accessModes: ["ReadWriteOnce"],
      storageClassName: "local-path",
      resources: { requests: { storage: "1Gi" } },
    },
  });
  for (const name of ["kept", "lost"]) {
    await post(claims, claim(name));
    const volumes = [{ name: "data", persistentVolumeClaim: { claimName: name } }];
    await post("/apis/apps/v1/namespaces/default/deployments", deployment(name, 1, { volumes }));
  }
  const volumeOf = async (name: string) =>
    read<string>((await get(`${claims}/${name}`)).body, "spec", "volumeName");
  const [kept, lost] = [await volumeOf("kept"), await volumeOf("lost")];
  await patch(`/api/v1/persistentvolumes/${kept}`, { spec: { persistentVolumeReclaimPolicy: "Retain" } });

  await kube.registerNode(SECOND);
  await patch("/api/v1/nodes/glaze-prod", { spec: { unschedulable: true } });
  const path = "/apis/apps/v1/namespaces/default/deployments";
  await patch(`${path}/kept`, {
    spec: {
      strategy: { type: "Recreate", rollingUpdate: null },
      template: { spec: { dnsPolicy: "Default" } },
    },
  });
  const pods = await get("/api/v1/namespaces/default/pods?labelSelector=app%3Dkept");
  assert.equal(read(pods.body, "items", 0, "status", "phase"), "Pending");
  assert.match(
    read<string>(pods.body, "items", 0, "status", "conditions", 0, "message") ?? "",
    /^0\/2 nodes are available: /,
  );

  for (const name of ["kept", "lost"]) {
    await remove(`${path}/${name}`);
    await remove(`${claims}/${name}`);
  }
  assert.deepEqual(names(await get(claims)), []);
  assert.equal(read((await get(`/api/v1/persistentvolumes/${kept}`)).body, "status", "phase"), "Released");
  assert.equal((await get(`/api/v1/persistentvolumes/${lost}`)).status, 404);
});

test("a user may be denied a kind", async () => {
  await using kube = await startKube({ users: { reader: { token: "t" } } });
  await kube.deny([{ user: "reader", resource: "secrets" }]);
  const { get } = client(kube);
  const denied = await get("/api/v1/namespaces/default/secrets", "t");
  assert.equal(denied.status, 403);
  assert.equal(
    read(denied.body, "message"),
    'secrets is forbidden: User "reader" cannot list resource "secrets" in API group "" in the namespace "default"',
  );
  assert.equal((await get("/api/v1/namespaces/default/configmaps", "t")).status, 200);
});

test("faults: an error, a lost answer after the deed, an outage", async () => {
  await using kube = await startKube();
  const { get, post } = client(kube);
  await kube.failNext({ kind: "status", status: 503, path: "/api/v1/nodes" });
  assert.equal((await get("/api/v1/nodes")).status, 503);
  assert.equal((await get("/api/v1/nodes")).status, 200);
  await kube.failNext({ kind: "cut-after", method: "POST" });
  await assert.rejects(post("/api/v1/namespaces", { metadata: { name: "shop" } }), { code: "ECONNRESET" });
  assert.equal((await get("/api/v1/namespaces/shop")).status, 200);
  await kube.stop();
  await assert.rejects(get("/readyz"), { code: "ECONNREFUSED" });
  await kube.start();
  assert.equal((await get("/api/v1/namespaces/shop")).status, 200);
});

test("snapshot and restore: the world as it was, custom resources too", async () => {
  await using kube = await startKube();
  const { get, post, remove } = client(kube);
  await post("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", {
    metadata: { name: "kilns.pottery.example" },
    spec: {
      group: "pottery.example",
      scope: "Cluster",
      names: { plural: "kilns", kind: "Kiln" },
      versions: [{ name: "v1", served: true, storage: true }],
    },
  });
  await post("/apis/pottery.example/v1/kilns", { metadata: { name: "big" } });
  const before = await kube.snapshot();
  await remove("/apis/pottery.example/v1/kilns/big");
  assert.equal((await get("/apis/pottery.example/v1/kilns/big")).status, 404);
  await kube.restore(before);
  assert.equal((await get("/apis/pottery.example/v1/kilns/big")).status, 200);
  assert.deepEqual(await kube.snapshot(), before);
});

test("a page token of before a compaction is too old", async () => {
  await using kube = await startKube();
  const { get } = client(kube);
  const first = await get("/api/v1/namespaces?limit=1");
  const more = read<string>(first.body, "metadata", "continue");
  assert.equal((await get(`/api/v1/namespaces?limit=1&continue=${more}`)).status, 200);
  await kube.registerNode(NODE);
  await kube.compact();
  assert.equal((await get(`/api/v1/namespaces?limit=1&continue=${more}`)).status, 410);
});

test("as a process of its own: the same handles, and a node that joins with a token", async () => {
  await using kube = await startKubeProcess({ joinTokens: ["K10abc::secret"] });
  const { get } = client(kube);
  const replay = createReplay(kube);
  const join = (token: string, node: object) =>
    replay.send({ method: "POST", path: "/lab/join", contentType: "application/json", body: node }, token);
  assert.equal((await join("K10abc::wrong", NODE)).status, 401);
  assert.equal((await join("K10abc::secret", { ...NODE, version: "v1.37.0+k3s1" })).status, 403);
  assert.equal((await join("K10abc::secret", { ...NODE, password: "one" })).status, 201);
  const rejected = await join("K10abc::secret", { ...NODE, password: "two" });
  assert.match(read<string>(rejected.body, "message") ?? "", /^Node password rejected, duplicate hostname/);
  assert.deepEqual(names(await get("/api/v1/nodes")), ["glaze-prod"]);
  await kube.setNodeReady("glaze-prod", false);
  const node = (await get("/api/v1/nodes/glaze-prod")).body;
  assert.equal(read(node, "status", "conditions", 0, "status"), "Unknown");
  await kube.stop();
  await assert.rejects(get("/readyz"), { code: "ECONNREFUSED" });
  await kube.start();
  assert.match(String((await get("/cacerts")).body), /^-----BEGIN CERTIFICATE-----/);
});

test("deleting a namespace empties it", async () => {
  await using kube = await startKube();
  const { get, post, remove } = client(kube);
  await kube.registerNode(NODE);
  await post("/api/v1/namespaces", { metadata: { name: "shop" } });
  await post("/apis/apps/v1/namespaces/shop/deployments", deployment("web", 2));
  await remove("/api/v1/namespaces/shop");
  assert.equal((await get("/api/v1/namespaces/shop")).status, 404);
  assert.deepEqual(names(await get("/api/v1/pods")), []);
});
