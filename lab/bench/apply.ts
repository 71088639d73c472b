import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { apply } from "../../src/apply/apply.ts";
import { HANDLERS } from "../../src/apply/handlers.ts";
import { openRun } from "../../src/apply/openRun.ts";
import { nodeOpen } from "../../src/apply/steps/node-open.ts";
import type { World } from "../../src/apply/world.ts";
import { connectKube } from "../../src/kube/connect.ts";
import type { Plan } from "../../src/model/plan.ts";
import type { StepOf } from "../../src/model/step.ts";
import { JOINING_TAINT } from "../../src/model/steps/node-open.ts";
import { type CrashOrder, JOURNAL_FILE, PLAN_FILE } from "../crash/order.ts";
import { createHostWorld } from "../hostWorld.ts";
import { startKube } from "../kube/start.ts";
import { tempFolder } from "../temp.ts";
import { type Command, measure, median } from "./measure.ts";

const STEPS = 20;
const OVERHEAD_BAR_MS = 50;
const CONVERGED_BAR_MS = 3_000;

/** What the executor itself costs, over steps that are one small change in the cluster each, on a real disk. */
export async function applyBench(runs: number, print: (line: string) => void): Promise<void> {
  await using kube = await startKube();
  using folder = tempFolder("bench");
  for (const { params } of steps) {
    const taints = [JOINING_TAINT];
    await kube.registerNode({ name: params.node, address: "10.116.0.9", version: "v1.36.2+k3s1", taints });
  }
  const start = await kube.snapshot();
  await using api = connectKube({
    file: kube.kubeconfig,
    context: null,
    home: folder.path,
    timeoutMs: 10_000,
    limitBytes: 64 * 1024 * 1024,
  });
  await using world = createHostWorld({ sshConfigFile: "/dev/null", folder: folder.path, kube: api });
  const overheads: number[] = [];
  for (let index = 0; index <= runs; index++) {
    await kube.restore(start);
    const direct = await timed(() => doDirectly(world));
    await kube.restore(start);
    const journalled = await timed(() => doJournalled(world, join(folder.path, JOURNAL_FILE)));
    overheads.push((journalled - direct) / STEPS);
  }
  writeFileSync(join(folder.path, PLAN_FILE), JSON.stringify(plan));
  const converged = await measure(childIn(folder.path, kube.kubeconfig), runs);
  print(`\napply, ${STEPS} steps against the stand-in`);
  print(line("journal, copy and lock, a step", median(overheads.slice(1)), OVERHEAD_BAR_MS));
  print(line("nothing left to do, whole process", converged.wallMs, CONVERGED_BAR_MS));
}

/** The same deeds without an executor. */
async function doDirectly(world: World): Promise<void> {
  for (const { id, params } of steps) {
    const task = { id, params, world, before: {}, attempt: "bench", say: () => undefined };
    await nodeOpen.probe(task);
    await nodeOpen.run(task);
    await nodeOpen.verify(task);
  }
}

async function doJournalled(world: World, journalFile: string): Promise<void> {
  rmSync(journalFile, { force: true });
  await using run = await openRun({
    world,
    handlers: HANDLERS,
    replan: async () => plan,
    report: () => undefined,
    allowed: [],
    clusterName: "lab",
    journalFile,
    runId: "bench",
    holder: "bench",
  });
  const { steps: results } = await apply(plan, run);
  if (results.some(({ result }) => result !== "done")) throw new Error(JSON.stringify(results));
}

async function timed(work: () => Promise<void>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

function line(name: string, ms: number, barMs: number): string {
  return `  ${name.padEnd(34)} ${ms.toFixed(0).padStart(6)} ms  (bar ${barMs}: ${ms <= barMs ? "held" : "MISSED"})`;
}

function childIn(folder: string, kubeconfig: string): Command {
  const order: CrashOrder = {
    verb: "apply",
    kubeconfig,
    sshConfigFile: null,
    secretsFile: null,
    folder,
    killAt: 0,
    speed: 1,
    lockMs: 30_000,
  };
  const child = fileURLToPath(new URL("../crash/child.ts", import.meta.url));
  return { command: process.execPath, args: [child, JSON.stringify(order)] };
}

const steps = Array.from(
  { length: STEPS },
  (_, index): StepOf<"node-open"> => ({
    id: `node-open/node-${index}`,
    kind: "node-open",
    needs: [],
    hazards: [],
    pauseMs: 0,
    durationMs: 0,
    monthlyCents: 0,
    undo: { kind: "always" },
    params: { node: `node-${index}` },
  }),
);

const plan: Plan = {
  version: 1,
  id: "bench",
  cluster: "lab",
  madeAt: "2026-11-23T19:32:00Z",
  basis: { hash: "basis", parts: {} },
  steps,
  staysSingle: [],
  staysAsItIs: [],
  money: { nowMonthlyCents: null, thenMonthlyCents: null },
};
