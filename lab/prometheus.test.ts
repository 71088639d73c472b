import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { isAlive } from "./abandoned.ts";
import { freePort } from "./port.ts";
import { startProcess } from "./process.ts";
import { startPrometheus } from "./prometheus.ts";
import { tempFolder } from "./temp.ts";
import { waitFor } from "./waitFor.ts";

test("a backfilled Prometheus answers with what was written, and leaves nothing behind", async () => {
  const at = Date.UTC(2026, 0, 5);
  const history = [{ name: "a_total", labels: { quote: '"\\' }, samples: [{ at, value: 3 }] }];
  let pid = 0;
  {
    await using prometheus = await startPrometheus({ history });
    pid = prometheus.pid;
    const response = await fetch(`${prometheus.origin}/api/v1/query?query=a_total&time=${at / 1000}`);
    const { data } = (await response.json()) as { data: { result: unknown } };
    assert.deepEqual(data.result, [
      { metric: { __name__: "a_total", quote: '"\\' }, value: [at / 1000, "3"] },
    ]);
  }
  assert.throws(() => process.kill(pid, 0));
});

test("a server that dies is told with its last words, not waited for", async () => {
  const dying = startProcess({
    command: "sh",
    args: ["-c", "echo last words; exit 3"],
    ready: () => new Promise(() => undefined),
  });
  await assert.rejects(dying, (error: Error) => {
    assert.equal(error.message, "sh did not start.\nlast words\n");
    assert.equal((error.cause as Error).message, "It ended with 3.");
    return true;
  });
});

test("a server that is never ready is ended, grandchildren too", async () => {
  using folder = tempFolder();
  const started = startProcess({
    command: "sh",
    args: ["-c", `sleep 60 & echo $!; wait`],
    cwd: folder.path,
    ready: async () => false,
    timeoutMs: 300,
  });
  const error = await started.then(
    () => assert.fail("it started"),
    (reason: Error) => reason,
  );
  const grandchild = Number(/(\d+)\n$/.exec(error.message)?.[1]);
  await waitFor("the end of the grandchild", () => (isAlive(grandchild) ? undefined : true));
});

test("a port is never given twice, a folder is gone after its scope", async () => {
  const ports = await Promise.all(Array.from({ length: 20 }, freePort));
  assert.equal(new Set(ports).size, 20);
  let path = "";
  {
    using folder = tempFolder();
    path = folder.path;
    assert.ok(existsSync(path));
  }
  assert.ok(!existsSync(path));
});
