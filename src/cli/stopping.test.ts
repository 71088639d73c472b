import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { waitFor } from "../../lab/waitFor.ts";

/** A process that listens for Ctrl-C as `apply` does, works for ever, and leaves its work where it is asked to. */
const WORKER = `
  import { listenForStop } from "./src/cli/stopping.ts";
  const asked = process.argv[1] === "patient" ? new Promise(() => undefined) : undefined;
  {
    using stopping = listenForStop("outgrow apply plan.json", (text) => process.stderr.write(text + "\\n"));
    const alive = setInterval(() => undefined, 1_000);
    process.stdout.write("at work\\n");
    await new Promise((resolve) => stopping.signal.addEventListener("abort", resolve));
    await asked;
    clearInterval(alive);
  }
  process.stdout.write("at a safe point\\n");
  process.exitCode = 4;
`;

interface Worker {
  readonly child: ChildProcess;
  readonly said: { stdout: string; stderr: string };
}

/** In a terminal of its own when `isInTerminal`: then Ctrl-C is a key. */
async function start(kind: "patient" | "obliging", isInTerminal = false): Promise<Worker> {
  const node = ["--input-type=module-typescript", "-e", WORKER, kind];
  const quoted = [process.execPath, ...node].map((word) => `'${word}'`).join(" ");
  const child = isInTerminal
    ? spawn("script", ["-qec", `exec ${quoted}`, "/dev/null"])
    : spawn(process.execPath, node);
  const said = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].on("data", (chunk: Buffer) => {
      said[name] += chunk.toString();
    });
  }
  await waitFor("the worker", () => said.stdout.includes("at work") || undefined);
  return { child, said };
}

async function codeOf({ child }: Worker): Promise<unknown> {
  const [code, signal] = await once(child, "close");
  return code ?? signal;
}

const FIRST = "outgrow: stops at the next safe point; Ctrl-C again leaves on the spot.";
const SECOND = "outgrow: left on the spot. Go on: outgrow apply plan.json";

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  test(`one ${signal} lets the work come to its safe point`, async () => {
    const worker = await start("obliging");
    worker.child.kill(signal);
    assert.equal(await codeOf(worker), 4);
    assert.deepEqual(worker.said, { stdout: "at work\nat a safe point\n", stderr: `${FIRST}\n` });
  });
}

test("a second one ends it at once, and says how to go on", async () => {
  const worker = await start("patient");
  worker.child.kill("SIGINT");
  await waitFor("the first answer", () => worker.said.stderr.includes(FIRST) || undefined);
  worker.child.kill("SIGINT");
  assert.equal(await codeOf(worker), 4);
  assert.deepEqual(worker.said, { stdout: "at work\n", stderr: `${FIRST}\n${SECOND}\n` });
});

test("the keys of a terminal do the same", async () => {
  const worker = await start("patient", true);
  worker.child.stdin?.write("\u0003");
  await waitFor("the first answer", () => worker.said.stdout.includes(FIRST) || undefined);
  worker.child.stdin?.write("\u0003");
  assert.equal(await codeOf(worker), 4);
  assert.ok(worker.said.stdout.includes(SECOND), worker.said.stdout);
});
