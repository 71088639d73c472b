import assert from "node:assert/strict";
import { test } from "node:test";
import { startKube } from "../../lab/kube/start.ts";
import { apiOf } from "../../test/apply/cluster.ts";
import { OutgrowError } from "../model/error.ts";
import type { Journal } from "../model/journal.ts";
import { chained } from "../store/chain.ts";
import { MIRROR, openMirror } from "./mirror.ts";

const NAMES = ["one", "two", "three", "four", "five", "six"];

/** So many entries, which no compression makes one. */
function journalOf(count: number): Journal {
  const entries: Journal["entries"][number][] = [];
  for (const stepId of NAMES.slice(0, count)) {
    const event = {
      kind: "started",
      before: Array.from({ length: 40 }, (_, index) => Math.sin(index + 100 * entries.length)),
    } as const;
    entries.push(
      chained(
        { at: "2026-11-23T19:32:00Z", run: { id: "r", fence: 1 }, planId: "p", stepId, event },
        entries.at(-1),
      ),
    );
  }
  return { version: 1, cluster: { name: "glaze", uid: "uid-1" }, plans: [], entries };
}

async function secretNames(kube: Awaited<ReturnType<typeof startKube>>): Promise<readonly string[]> {
  const { objects } = await kube.snapshot();
  return objects
    .filter(({ kind }) => kind === "Secret")
    .map(({ metadata }) => metadata.name)
    .sort();
}

test("what one laptop wrote another reads, whole and in as many Secrets as it takes", async () => {
  await using kube = await startKube();
  await using api = apiOf(kube);
  const mirror = openMirror(api, 700);
  assert.equal(await mirror.read(), null);
  for (let count = 1; count <= NAMES.length; count++) await mirror.write(journalOf(count));
  assert.deepEqual(await openMirror(api).read(), journalOf(NAMES.length));
  assert.ok((await secretNames(kube)).length > 2);
  await mirror.write(journalOf(1));
  const left = await secretNames(kube);
  await mirror.write({ ...journalOf(0), entries: [] });
  assert.deepEqual(
    await secretNames(kube),
    [MIRROR],
    `swept what was not needed any more, of ${left.join(" ")}`,
  );
});

test("of two who write only one can", async () => {
  await using kube = await startKube();
  await using api = apiOf(kube);
  const [anna, ben] = [openMirror(api), openMirror(api)];
  await anna.write(journalOf(1));
  await ben.read();
  await anna.write(journalOf(2));
  await assert.rejects(
    ben.write(journalOf(3)),
    (error) => error instanceof OutgrowError && error.code === "locked",
  );
  assert.deepEqual(await openMirror(api).read(), journalOf(2));
});

test("a write whose answer was lost is no conflict when it is tried again", async () => {
  await using kube = await startKube();
  await using api = apiOf(kube);
  const mirror = openMirror(api);
  await mirror.write(journalOf(1));
  await kube.failNext({ kind: "cut-after", method: "PUT", path: MIRROR });
  await assert.rejects(mirror.write(journalOf(2)));
  await mirror.write(journalOf(2));
  await mirror.write(journalOf(3));
  assert.deepEqual(await openMirror(api).read(), journalOf(3));
});

test("what is not ours is not taken for a journal", async () => {
  await using kube = await startKube();
  await using api = apiOf(kube);
  const body = {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: MIRROR, namespace: "kube-system" },
    data: { head: "bm8=" },
  };
  await api.request({ method: "POST", path: "/api/v1/namespaces/kube-system/secrets", body });
  await assert.rejects(
    openMirror(api).read(),
    (error) => error instanceof OutgrowError && error.code === "journal" && error.hint !== undefined,
  );
});
