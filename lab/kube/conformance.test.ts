import assert from "node:assert/strict";
import { test } from "node:test";
import { type Fields, isFields, read } from "./object.ts";
import { type Exchange, readRecording } from "./recording.ts";
import { createReplay, type Replay, type Reply } from "./replay.ts";
import { differences, shapeOf } from "./shape.ts";
import { startKube } from "./start.ts";

const { exchanges } = readRecording();

/** What the recorder did between two exchanges without writing it down. */
const UNRECORDED: Readonly<Record<string, (replay: Replay) => Promise<void>>> = {
  "evict-refused": async (replay) => {
    const pods = await replay.send({
      method: "GET",
      path: "/api/v1/namespaces/shop/pods?labelSelector=app%3Dweb",
    });
    replay.rename("web-5578c5f678-6x2ld", read<string>(pods.body, "items", 0, "metadata", "name") ?? "");
  },
  "evict-dry-run": async (replay) => {
    await replay.send({
      method: "PATCH",
      path: "/apis/policy/v1/namespaces/shop/poddisruptionbudgets/web",
      contentType: "application/merge-patch+json",
      body: { spec: { minAvailable: 1 } },
    });
  },
  "namespace-create-again": async (replay) => {
    const annotations = { "service.beta.openshift.io/inject-cabundle": "true" };
    const metadata = { name: "openshift-service-ca.crt", annotations };
    await configMap(replay, metadata, { "service-ca.crt": "" }, "kube-controller-manager");
  },
  "list-page-1": async (replay) => {
    for (const index of [0, 1, 2, 3, 4]) await configMap(replay, { name: `page-${index}` });
  },
};

async function configMap(
  replay: Replay,
  metadata: object,
  data?: object,
  manager = "Python-urllib",
): Promise<void> {
  await replay.send({
    method: "POST",
    path: `/api/v1/namespaces/shop/configmaps?fieldManager=${manager}`,
    contentType: "application/json",
    body: { apiVersion: "v1", kind: "ConfigMap", metadata, ...(data === undefined ? {} : { data }) },
  });
}

/** Every request in order, and what came. */
async function replayAll(): Promise<readonly Reply[]> {
  await using server = await startKube({ version: "v1.36.2" });
  await server.registerNode({ name: "node-1", address: "10.116.0.2", version: "v1.36.2+k3s1" });
  const replay = createReplay(server);
  const replies: Reply[] = [];
  for (const { name, request, response } of exchanges) {
    await UNRECORDED[name]?.(replay);
    const reply = await replay.send(request, name === "bad-token" ? "bogus" : server.token);
    replay.learn(response.body, reply.body);
    replies.push(reply);
  }
  return replies;
}

/** Where the replies differ from what was recorded. */
function deviations(replies: readonly Reply[], recorded: readonly Exchange[]): readonly string[] {
  return recorded.flatMap(({ name, response }, index) => {
    const { status, contentType, body } = replies[index] ?? { status: 0, contentType: "", body: null };
    const came = { status, type: contentType, body: shapeOf(agreed(name, body)) };
    const expected = {
      status: response.status,
      type: response.headers["Content-Type"],
      body: shapeOf(agreed(name, response.body)),
    };
    return differences(came, expected).map((line) => name + line);
  });
}

/** Taken while a rollout was under way: how far it had come is chance. */
const UNDER_WAY = [
  "patch-merge-dry-run",
  "patch-strategic-env",
  "patch-json",
  "apply-force",
  "rollout-restart",
];

/** The recorder played these kinds' clients itself: who owns their fields says nothing. */
const PLAYED = [
  "Pod",
  "PodList",
  "Node",
  "NodeList",
  "PersistentVolume",
  "PersistentVolumeList",
  "ReplicaSetList",
];

/** A body without what the two servers need not agree on; everything left out is named here. */
function agreed(name: string, body: unknown): unknown {
  const copy = structuredClone(body);
  if (!isFields(copy)) return copy;
  if (UNDER_WAY.includes(name))
    copy.status = Object.keys((copy.status ?? {}) as Fields).includes("conditions");
  if (name === "lease-create") delete (copy.spec as Fields).holderIdentity; // Changed by the recorder afterwards.
  if (PLAYED.includes(String(copy.kind))) {
    for (const item of (copy.items ?? [copy]) as Fields[]) delete (item.metadata as Fields).managedFields;
  }
  const nodes = copy.kind === "Node" ? [copy] : copy.kind === "NodeList" ? (copy.items as Fields[]) : [];
  // No kubelet listened there; k3s's does, on 10250.
  for (const node of nodes) delete (node.status as Fields).daemonEndpoints;
  if (copy.kind === "ReplicaSetList") copy.items = byRevision(copy.items as readonly Fields[]);
  return copy;
}

/** Their names are hashes, so their order is chance; their generations count the steps of past rollouts. */
function byRevision(sets: readonly Fields[]): readonly Fields[] {
  for (const { metadata, status } of sets) {
    delete (metadata as Fields).generation;
    delete (status as Fields).observedGeneration;
  }
  const revisionOf = (set: Fields) =>
    Number(read<string>(set, "metadata", "annotations", "deployment.kubernetes.io/revision"));
  return sets.toSorted((a, b) => revisionOf(a) - revisionOf(b));
}

const replies = await replayAll();

test("every recorded exchange has the same status and shape", () => {
  assert.equal(exchanges.length, 75);
  assert.deepEqual(deviations(replies, exchanges), []);
});

test("a planted deviation is seen, in every exchange", () => {
  const planted = exchanges.map((exchange) => {
    const response = { ...exchange.response, status: exchange.response.status + 1 };
    return { ...exchange, response };
  });
  assert.equal(deviations(replies, planted).length, 75);
});

test("a planted deviation is seen in a value, in a missing field and in who owns a field", () => {
  const planted = JSON.parse(
    JSON.stringify(exchanges)
      .replace('"emulationMinor":"36"', '"emulationMinor":"37"')
      .replace('"currentMetrics":[{"type":""}],', "")
      .replace('{"f:REDIS_URL":{}}', '{"f:REDIS_URI":{}}'),
  ) as typeof exchanges;
  const owned = ".body.metadata.managedFields[0].fieldsV1.f:data";
  assert.deepEqual(deviations(replies, planted), [
    'version.body.emulationMinor: "36" instead of "37"',
    `apply-create${owned}.f:REDIS_URL: {} instead of undefined`,
    `apply-create${owned}.f:REDIS_URI: undefined instead of {}`,
    'hpa-without-metrics-server.body.status.currentMetrics: [{"type":""}] instead of undefined',
  ]);
});
