import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { KubeLab } from "../../lab/kube/lab.ts";
import { startKube } from "../../lab/kube/start.ts";
import { waitFor } from "../../lab/waitFor.ts";
import { apiOf, clusterWorld } from "../../test/apply/cluster.ts";
import { OutgrowError } from "../model/error.ts";
import type { ProgressNews } from "../model/progress.ts";
import { readLease } from "./lease.ts";
import { acquireLock, type Lock } from "./lock.ts";
import { PATIENCE_MS } from "./retry.ts";

/** Fast enough that waiting costs the test little, slow enough that the machine's own pauses do not count as expiry. */
const SPEED = 100;
const SECOND = 1_000;

interface Room extends AsyncDisposable {
  readonly kube: KubeLab;
  readonly news: ProgressNews[];
  lock(holder: string, durationMs?: number, speed?: number): Promise<Lock>;
}

async function room(): Promise<Room> {
  const stack = new AsyncDisposableStack();
  const kube = stack.use(await startKube());
  const api = stack.use(apiOf(kube));
  const news: ProgressNews[] = [];
  const report = (each: ProgressNews) => void news.push(each);
  return {
    kube,
    news,
    lock: (holder, durationMs = 30 * SECOND, speed = SPEED) =>
      acquireLock(clusterWorld(api, { speed }), { holder, durationMs, report }),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

function isLocked(message: RegExp): (error: unknown) => boolean {
  return (error) => error instanceof OutgrowError && error.code === "locked" && message.test(error.message);
}

test("every holder has a higher number than those before, and gives the lock back", async () => {
  await using here = await room();
  const first = await here.lock("anna");
  await first.check();
  await first[Symbol.asyncDispose]();
  const second = await here.lock("ben");
  assert.ok(second.fence > first.fence);
  await second[Symbol.asyncDispose]();
  assert.deepEqual(here.news, [], "nobody had to wait");
});

test("it is given back over a connection that was closed meanwhile", async () => {
  for (const kind of ["cut", "cut-after"] as const) {
    await using here = await room();
    const first = await here.lock("anna");
    await here.kube.failNext({ kind, method: "PUT", path: "leases" });
    await first[Symbol.asyncDispose]();
    await using _ = await here.lock("ben");
    assert.deepEqual(here.news, [], `${kind}: nobody had to wait`);
  }
});

test("of two at once one works, and the other is told who", async () => {
  await using here = await room();
  // It renews every 100 ms of ours, which are 10 s of the other's clock.
  await using anna = await here.lock("anna", 300, 1);
  await assert.rejects(here.lock("ben", 30 * SECOND, 1), isLocked(/^Another run is at work: anna\.$/));
  await anna.check();
});

test("the lock of the dead is taken once it has not moved for its whole time, and the dead notice", async () => {
  await using here = await room();
  const dead = await here.lock("anna", 30 * SECOND);
  await using living = await here.lock("ben", 30 * SECOND);
  assert.ok(living.fence > dead.fence);
  assert.deepEqual(here.news, [{ kind: "waiting", for: "anna to show a sign of life (30 s)" }]);
  await assert.rejects(dead.check(), isLocked(/^Another run has taken the lock meanwhile: ben\.$/));
  await dead[Symbol.asyncDispose]();
  await living.check();
});

test("an API that is away for a while costs the lock nothing, and it is said what is waited for", async () => {
  await using here = await room();
  await using lock = await here.lock("anna", SECOND);
  await here.kube.stop();
  // 5 s of the lock's clock: whatever was renewed just now must be asked again.
  await sleep(50);
  const checked = lock.check();
  const timer = setTimeout(() => void here.kube.start(), 300);
  await checked;
  clearTimeout(timer);
  assert.match(JSON.stringify(here.news), /the Kubernetes API, to know that the lock is still ours/);
});

test("an API that stays away ends in an error, not in a deed", async () => {
  await using here = await room();
  const lock = await here.lock("anna", SECOND, PATIENCE_MS / 500);
  await here.kube.stop();
  // By its own clock most of its time is over then.
  await sleep(10);
  await assert.rejects(
    lock.check(),
    (error) => error instanceof OutgrowError && error.code === "unreachable",
  );
  await lock[Symbol.asyncDispose]();
});

test("a renewal whose answer was lost is still ours", async () => {
  await using here = await room();
  await using lock = await here.lock("anna", SECOND);
  await here.kube.failNext({ kind: "cut-after", method: "PUT", path: "/leases/" });
  await lock.check();
  await lock.check();
});

test("a lock taken away by hand is noticed", async () => {
  await using here = await room();
  await using api = apiOf(here.kube);
  const lock = await here.lock("anna", SECOND);
  await api.request({
    method: "DELETE",
    path: "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/outgrow",
  });
  assert.equal(await readLease(api), null);
  // It may have been renewed just before, and is not asked for again until most of its time is over.
  const noticed = () =>
    lock.check().then(
      () => undefined,
      (error: unknown) => error,
    );
  await assert.rejects(
    async () => {
      throw await waitFor("the loss", noticed);
    },
    isLocked(/^The lock of this run was taken away\.$/),
  );
  await lock[Symbol.asyncDispose]();
});
