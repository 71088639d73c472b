import assert from "node:assert/strict";
import { test } from "node:test";
import { OutgrowError } from "../model/error.ts";
import type { KubeAnswer, KubeApi } from "./api.ts";
import { apiReady, rolloutReady, type Waiting } from "./wait.ts";

const WEB = "/apis/apps/v1/namespaces/default/deployments/web";

/** An API that answers one thing after the other; the last for ever. */
function scripted(...answers: readonly (KubeAnswer | OutgrowError)[]): KubeApi {
  let index = 0;
  return {
    request: async () => {
      const answer = answers[Math.min(index++, answers.length - 1)];
      if (answer === undefined || answer instanceof Error) throw answer;
      return answer;
    },
    async [Symbol.asyncDispose]() {
      index = 0;
    },
  };
}

function waiting(signal = new AbortController().signal): Waiting & { readonly told: string[] } {
  let now = 0;
  const told: string[] = [];
  return {
    told,
    signal,
    limitMs: 10_000,
    pauseMs: 1_000,
    tell: (what) => told.push(what),
    now: () => now,
    sleep: async (duration) => {
      now += duration;
    },
  };
}

const rolled = (status: object, generation = 2): KubeAnswer => ({
  status: 200,
  body: { kind: "Deployment", metadata: { generation }, spec: { replicas: 2 }, status },
});
const DONE = { observedGeneration: 2, replicas: 2, updatedReplicas: 2, availableReplicas: 2 };

test("a rollout is ready when every pod is new and available, and says what is missing", async () => {
  const clock = waiting();
  const api = scripted(
    rolled({ ...DONE, observedGeneration: 1 }),
    rolled({ ...DONE, updatedReplicas: 1 }),
    rolled({ ...DONE, replicas: 3 }),
    rolled({ ...DONE, availableReplicas: 1 }),
    rolled(DONE),
  );
  await rolloutReady(api, WEB, clock);
  assert.deepEqual(clock.told, [
    "web: the change has not been taken up yet",
    "web: 1 of 2 pods are of the new template",
    "web: 1 old pods are still there",
    "web: 1 of 2 pods are available",
  ]);
});

test("a rollout that never ends, that is gone, that is stopped", async () => {
  await assert.rejects(rolloutReady(scripted(rolled({ ...DONE, availableReplicas: 0 })), WEB, waiting()), {
    code: "timeout",
    message: "Waited 10 s in vain: web: 0 of 2 pods are available.",
  });
  await assert.rejects(rolloutReady(scripted({ status: 404, body: {} }), WEB, waiting()), {
    code: "not-found",
    message: `${WEB} is gone: there is nothing to wait for.`,
  });
  const stop = new AbortController();
  const clock = waiting(stop.signal);
  const api = scripted(rolled({ ...DONE, availableReplicas: 0 }));
  const stopping = { ...clock, tell: () => stop.abort() };
  await assert.rejects(rolloutReady(api, WEB, stopping), {
    code: "interrupted",
    message: "Stopped while waiting: web: 0 of 2 pods are available.",
  });
});

test("the API is waited for while it is down; what no waiting mends is thrown", async () => {
  const clock = waiting();
  const down = new OutgrowError("unreachable", "https://s/readyz: the connection was refused.");
  await apiReady(
    scripted(down, down, { status: 500, body: "[-]etcd failed" }, { status: 200, body: "ok" }),
    clock,
  );
  assert.deepEqual(clock.told, [
    "the API does not answer: https://s/readyz: the connection was refused",
    "the API is not ready (500 [-]etcd failed)",
  ]);
  const untrusted = new OutgrowError("tls", "its certificate has expired.");
  await assert.rejects(apiReady(scripted(untrusted), waiting()), { code: "tls" });
});
