import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Plan } from "../../src/model/plan.ts";
import { tempFolder } from "../temp.ts";
import { type CrashOrder, type CrashReport, PLAN_FILE, type Standstill } from "./order.ts";

/** A world that can be set back, and compared. */
export interface CrashWorld<Saved> {
  readonly kubeconfig: string;
  readonly sshConfigFile: string | null;
  save(): Promise<Saved>;
  load(saved: Saved): Promise<void>;
  /** All of it that a run may change, without what changes by itself, lock and journal. */
  look(): Promise<unknown>;
  /** Takes lock and journal away: what was done is from now on as if it had always been so. */
  forgetRuns(): Promise<void>;
}

export interface MatrixOptions {
  /** Of the boundaries of each way, so many, spread evenly; all when absent. */
  readonly most?: number;
  /** Where in its share of the boundaries each of them lies, from 0 to 1. */
  readonly phase?: number;
  /** How the dead child's lock is outlived; the steps' own patience runs by the same clock. */
  readonly clock?: Pick<CrashOrder, "speed" | "lockMs">;
  /** For one run, after which it counts as hung. */
  readonly patienceMs?: number;
  /** Some steps only look, or write beside the plan; a plan of others that changes nothing proves nothing. */
  readonly leavesNoTrace?: boolean;
}

/** How many crashes were survived, each as a way to die and a way to go on. */
export interface MatrixFigures {
  readonly boundaries: number;
  readonly kills: number;
  readonly crashes: number;
}

/**
 * Kills `apply` at its boundaries, then goes on and, from the same crash, goes back; then the same of `undo`.
 * Gone on, the world must be what the straight run makes of it; gone back, what it was before.
 * In the end it is as the straight run has made it.
 */
export async function crashMatrix<Saved>(
  world: CrashWorld<Saved>,
  plan: Plan,
  { most, phase = 0, clock = FAST, patienceMs = PATIENCE_MS, leavesNoTrace = false }: MatrixOptions = {},
): Promise<MatrixFigures> {
  using folder = tempFolder("crash", MEMORY);
  const place = createPlace(world, folder.path, plan, clock, patienceMs);
  const { there, back, before, after, start, end } = await thereAndBack(world, place, leavesNoTrace);

  const faults: string[] = [];
  const survive = async (verb: CrashOrder["verb"], at: number, name: string) => {
    await place.die(verb, at);
    const crash = await place.keep();
    const ways = [["apply", after] as const, ["undo", before] as const];
    // The first goes on where the dead has just fallen; the second, which ends where the next one is to
    // begin, after a cut of the power.
    if (verb === "undo") ways.reverse();
    for (const [index, [way, wanted]] of ways.entries()) {
      if (index > 0) await place.restore(crash);
      const fault = await faultOf(place.run(way), () => world.look(), wanted);
      if (fault === null) continue;
      faults.push(`${verb} killed ${name}, then ${way}: ${fault}`);
      await place.restore(verb === "apply" ? start : end);
    }
    place.forget(crash);
  };
  let kills = 0;
  for (const [verb, names] of [
    ["apply", there.boundaries],
    ["undo", back.boundaries],
  ] as const) {
    if (verb === "undo") await place.restore(end);
    for (const at of spread(names.length, most ?? names.length, phase)) {
      await survive(verb, at, names[at - 1] ?? "");
      kills++;
    }
  }
  assert.equal(faults.length, 0, faults.join("\n\n"));
  return { boundaries: there.boundaries.length + back.boundaries.length, kills, crashes: 2 * kills };
}

/** The straight runs, all others are held to: how each went, how the world looked, and both its ends. */
export async function thereAndBack<Saved>(
  world: CrashWorld<Saved>,
  place: Place<Saved>,
  leavesNoTrace: boolean,
  more: Partial<CrashOrder> = {},
) {
  const before = await world.look();
  const there = await place.run("apply", more);
  assert.deepEqual(there.outcome, { kind: "done" });
  const end = await place.keep();
  const after = await world.look();
  if (leavesNoTrace) assert.deepEqual(after, before, "a plan that only looks changes nothing");
  else assert.notDeepEqual(after, before, "a plan that changes nothing proves nothing");
  const back = await place.run("undo", more);
  assert.ok(isWell(back), JSON.stringify(back.outcome));
  assert.deepEqual(await world.look(), before, "undo, straight");
  return { there, back, before, after, end, start: await place.keep() };
}

/** Carries a plan out and leaves nothing of its run but what it has made. */
export async function carryOut<Saved>(
  world: CrashWorld<Saved>,
  plan: Plan,
  { clock = FAST, patienceMs = PATIENCE_MS }: MatrixOptions,
): Promise<void> {
  using folder = tempFolder("crash", MEMORY);
  const { outcome } = await createPlace(world, folder.path, plan, clock, patienceMs).run("apply");
  assert.deepEqual(outcome, { kind: "done" });
  await world.forgetRuns();
}

/** Others are tried all the same: one run tells of all. */
export async function faultOf(
  run: Promise<CrashReport>,
  look: () => Promise<unknown>,
  wanted: unknown,
): Promise<string | null> {
  try {
    const report = await run;
    assert.ok(isWell(report), JSON.stringify(report.outcome));
    assert.deepEqual(await look(), wanted);
    return null;
  } catch (error) {
    return String(error instanceof Error ? error.message : error);
  }
}

function isWell({ outcome }: CrashReport): boolean {
  return outcome.kind === "done" || outcome.kind === "nothing-to-do";
}

/** Numbers from 1 to `length`, in order; `most` of them, one in each equal share. */
function spread(length: number, most: number, phase: number): readonly number[] {
  const count = Math.min(length, most);
  return Array.from({ length: count }, (_, index) => 1 + Math.floor(((index + phase) * length) / count));
}

/** A process that dies loses nothing it wrote to memory either; a disk is slower and proves no more. */
export const MEMORY = "/dev/shm";

export const PATIENCE_MS = 120_000;

/** The lock of the dead expires in a tenth of a second: for steps that wait for nothing but the stand-in. */
export const FAST = { speed: 300, lockMs: 30_000 };

interface Kept<Saved> {
  readonly saved: Saved;
  readonly folder: string;
}

export type Place<Saved> = ReturnType<typeof createPlace<Saved>>;

/** The world together with the folder that holds plan and journal. */
export function createPlace<Saved>(
  world: CrashWorld<Saved>,
  root: string,
  plan: Plan,
  clock: Pick<CrashOrder, "speed" | "lockMs">,
  patienceMs: number,
) {
  const folder = join(root, "run");
  const shelf = join(root, "kept");
  mkdirSync(folder);
  writeFileSync(join(folder, PLAN_FILE), JSON.stringify(plan));
  const orderOf = (verb: CrashOrder["verb"], killAt: number): CrashOrder => ({
    verb,
    killAt,
    ...clock,
    folder,
    kubeconfig: world.kubeconfig,
    sshConfigFile: world.sshConfigFile,
    secretsFile: null,
  });
  let kept = 0;
  return {
    keep: async (): Promise<Kept<Saved>> => {
      const copy = join(shelf, String(++kept));
      cpSync(folder, copy, { recursive: true });
      return { saved: await world.save(), folder: copy };
    },
    restore: async ({ saved, folder: copy }: Kept<Saved>) => {
      rmSync(folder, { recursive: true });
      cpSync(copy, folder, { recursive: true });
      await world.load(saved);
    },
    forget: ({ folder: copy }: Kept<Saved>) => rmSync(copy, { recursive: true }),
    run: async (verb: CrashOrder["verb"], more: Partial<CrashOrder> = {}) => {
      const { signal, stdout, stderr } = await runChild({ ...orderOf(verb, 0), ...more }, patienceMs);
      assert.equal(signal, null, `${verb} did not come to its end: ${stderr.slice(-2_000)}`);
      if (stdout === "") assert.fail(stderr);
      return JSON.parse(stdout) as CrashReport;
    },
    start: (verb: CrashOrder["verb"], standAt: Standstill) =>
      startChild({ ...orderOf(verb, 0), trace: { standAt } }, patienceMs),
    die: async (verb: CrashOrder["verb"], at: number) => {
      const { signal, stderr } = await runChild(orderOf(verb, at), patienceMs);
      assert.equal(signal, "SIGKILL", `${verb} was to die at ${at}, and lived\n${stderr}`);
    },
  };
}

const CHILD = fileURLToPath(new URL("child.ts", import.meta.url));

/** `signal`: how it died. */
export interface Ended {
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** One run of the product in a process of its own, whose news are heard line by line. */
export function runChild(
  order: CrashOrder,
  patienceMs: number,
  hear: (news: string) => void = () => undefined,
): Promise<Ended> {
  return startChild(order, patienceMs, hear).ended;
}

export interface Child {
  readonly ended: Promise<Ended>;
  /** As `kill -9` when absent. */
  kill(signal?: NodeJS.Signals): void;
}

export function startChild(
  order: CrashOrder,
  patienceMs: number,
  hear: (news: string) => void = () => undefined,
): Child {
  const options = {
    timeout: patienceMs,
    killSignal: "SIGTERM",
    maxBuffer: 64 * 1024 * 1024,
    // Hundreds of the same process: what the first one compiled, the others need not.
    env: { ...process.env, NODE_COMPILE_CACHE: join(tmpdir(), "outgrow-compile-cache") },
  } as const;
  const { promise: ended, resolve } = Promise.withResolvers<Ended>();
  const child = execFile(
    process.execPath,
    [CHILD, JSON.stringify(order)],
    options,
    (error, stdout, stderr) => {
      resolve({ signal: error?.signal ?? null, stdout, stderr });
    },
  );
  if (child.stderr !== null) createInterface({ input: child.stderr }).on("line", hear);
  return { ended, kill: (signal = "SIGKILL") => void child.kill(signal) };
}
