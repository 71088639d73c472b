import assert from "node:assert/strict";
import { test } from "node:test";
import { startKube } from "../../lab/kube/start.ts";
import { connectKube } from "./connect.ts";
import { listAll } from "./list.ts";

test("a collection of several pages comes whole, in order, and each object says what it is", async () => {
  await using kube = await startKube();
  await using api = connectKube({
    file: kube.kubeconfig,
    context: null,
    home: "/",
    timeoutMs: 10_000,
    limitBytes: 64 * 1024 * 1024,
  });
  const names = Array.from({ length: 501 }, (_, index) => `map-${String(index).padStart(3, "0")}`);
  for (const name of names) {
    await api.request({
      method: "POST",
      path: "/api/v1/namespaces/default/configmaps",
      body: { metadata: { name } },
    });
  }
  const found = await listAll(api, "/api/v1/configmaps?fieldSelector=metadata.namespace%3Ddefault");
  assert.deepEqual(
    found.map(({ metadata }) => metadata.name),
    ["kube-root-ca.crt", ...names],
  );
  assert.ok(found.every(({ apiVersion, kind }) => apiVersion === "v1" && kind === "ConfigMap"));
});
