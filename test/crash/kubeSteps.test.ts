import assert from "node:assert/strict";
import { test } from "node:test";
import { kubeWorld } from "../../lab/crash/kubeWorld.ts";
import { crashMatrix } from "../../lab/crash/matrix.ts";
import type { KubeLab } from "../../lab/kube/lab.ts";
import { startKube } from "../../lab/kube/start.ts";
import type { KubeApi } from "../../src/kube/api.ts";
import { ask } from "../../src/kube/ask.ts";
import { connectKube } from "../../src/kube/connect.ts";
import type { Plan } from "../../src/model/plan.ts";
import type { Step } from "../../src/model/step.ts";
import { JOINING_TAINT } from "../../src/model/steps/node-open.ts";

const VOLUMES = ["pvc-1", "pvc-2", "pvc-3"];
const NODES = ["glaze-worker-1", "glaze-worker-2"];

test("killed at every boundary of the steps of the cluster: on to the end, or back to the start", async () => {
  await using kube = await furnished();
  const { crashes, boundaries } = await crashMatrix(kubeWorld(kube), plan());
  assert.ok(boundaries > 60, `only ${boundaries} boundaries`);
  assert.equal(crashes, 2 * boundaries);
});

test("a world that does not come back is noticed", async () => {
  await using kube = await furnished();
  const world = kubeWorld(kube);
  let looks = 0;
  const spoiled = { ...world, look: async () => [await world.look(), ++looks > STRAIGHT_LOOKS] };
  await assert.rejects(crashMatrix(spoiled, plan(), { most: 1 }), /apply killed .*, then apply/);
});

/** Before, after, and back again: what comes then is after a crash. */
const STRAIGHT_LOOKS = 3;

/** Two volumes that would be deleted, one that would not, and two nodes that have joined. */
async function furnished(): Promise<KubeLab> {
  const kube = await startKube();
  await using api = apiOf(kube);
  for (const [index, name] of VOLUMES.entries()) {
    await ask(api, { method: "POST", path: "/api/v1/persistentvolumes", body: volume(name, index < 2) });
  }
  for (const name of NODES) {
    await ask(api, {
      method: "POST",
      path: "/api/v1/nodes",
      body: {
        apiVersion: "v1",
        kind: "Node",
        metadata: { name },
        spec: { taints: [{ key: "dedicated", value: "worker", effect: "NoSchedule" }, JOINING_TAINT] },
      },
    });
  }
  return kube;
}

function volume(name: string, isDeleted: boolean): unknown {
  return {
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: { name },
    spec: {
      capacity: { storage: "1Gi" },
      accessModes: ["ReadWriteOnce"],
      persistentVolumeReclaimPolicy: isDeleted ? "Delete" : "Retain",
      hostPath: { path: `/srv/${name}` },
    },
  };
}

function apiOf(kube: KubeLab): KubeApi {
  return connectKube({
    file: kube.kubeconfig,
    context: null,
    home: "/nowhere",
    timeoutMs: 10_000,
    limitBytes: 64 * 1024 * 1024,
  });
}

function plan(): Plan {
  const common = {
    hazards: [],
    pauseMs: 0,
    durationMs: 0,
    monthlyCents: 0,
    undo: { kind: "always" },
  } as const;
  const steps: readonly Step[] = [
    { ...common, id: "volumes-retain", kind: "volumes-retain", needs: [], params: { volumes: VOLUMES } },
    ...NODES.map(
      (node): Step => ({
        ...common,
        id: `node-open/${node}`,
        kind: "node-open",
        needs: ["volumes-retain"],
        params: { node },
      }),
    ),
  ];
  return {
    version: 1,
    id: "plan-1",
    cluster: "lab",
    madeAt: "2026-11-23T19:32:00Z",
    basis: { hash: "basis", parts: {} },
    steps,
    staysSingle: [],
    staysAsItIs: [],
    money: { nowMonthlyCents: null, thenMonthlyCents: null },
  };
}
