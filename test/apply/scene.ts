import { createHash } from "node:crypto";
import { HANDLERS, type Handlers } from "../../src/apply/handlers.ts";
import { openLedger } from "../../src/apply/ledger.ts";
import type { Lock } from "../../src/apply/lock.ts";
import type { Mirror } from "../../src/apply/mirror.ts";
import type { Run } from "../../src/apply/run.ts";
import type { StepHandler } from "../../src/apply/stepKind.ts";
import type { World } from "../../src/apply/world.ts";
import type { HostSession } from "../../src/hosts/session.ts";
import { canonicalJson } from "../../src/model/canonical.ts";
import { OutgrowError } from "../../src/model/error.ts";
import type { Journal } from "../../src/model/journal.ts";
import type { Plan } from "../../src/model/plan.ts";
import type { ProgressNews } from "../../src/model/progress.ts";
import { HAZARDS, type Hazard, type Step, type StepKind } from "../../src/model/step.ts";
import { openAdopted } from "../../src/store/adopt.ts";

/**
 * A world of named cells in memory, for the executor alone: each step sets two of them, one after the
 * other, so that it can be left half done. It is strict: what is done already may not be done again.
 */
export interface Scene {
  readonly cells: Map<string, string>;
  readonly mirror: { journal: Journal | null };
  readonly news: ProgressNews[];
  /** What `run` and `undo` did to which step, in order. */
  readonly deeds: string[];
  readonly steps: readonly Step[];
  /** What this plan would be made to now; empty when every cell is as it is meant to be. */
  plan(): Plan;
}

export const CLUSTER = { name: "glaze", uid: "uid-1" };

export function createScene(steps: readonly Step[], foundIds: readonly string[] = []): Scene {
  const cells = new Map<string, string>();
  for (const { id } of steps) {
    const value = foundIds.includes(id) ? "new" : "old";
    cells.set(`${id} a`, value).set(`${id} b`, value);
  }
  const scene = { cells, mirror: { journal: null }, news: [], deeds: [], steps };
  return {
    ...scene,
    plan: () =>
      planOf(
        steps.filter(({ id }) => !isDone(id, cells)),
        cells,
      ),
  };
}

/** A step of any kind with the parameters of `node-open`; the scene's handlers look at its id only. */
export function stepNamed(id: string, more: Partial<Step> = {}): Step {
  return {
    id,
    kind: "node-open",
    needs: [],
    hazards: [],
    pauseMs: 0,
    durationMs: 0,
    monthlyCents: 0,
    undo: { kind: "always" },
    params: { node: id },
    ...more,
  } as Step;
}

function planOf(steps: readonly Step[], cells: ReadonlyMap<string, string>): Plan {
  const parts = Object.fromEntries([...cells].map(([name, value]) => [name, sha(value)]));
  const content = {
    version: 1,
    cluster: CLUSTER.name,
    basis: { hash: sha(canonicalJson(parts)), parts },
    steps,
    staysSingle: [],
    staysAsItIs: [],
    money: { nowMonthlyCents: null, thenMonthlyCents: null },
  } as const;
  return { ...content, id: sha(canonicalJson(content)).slice(0, 12), madeAt: "2026-11-23T19:32:00Z" };
}

/** Called before and after everything that changes something: where a run may be killed. */
export type Boundary = (name: string) => Promise<void>;

export interface RunOptions {
  readonly boundary?: Boundary;
  readonly allowed?: readonly Hazard[];
  readonly stopping?: AbortSignal;
  readonly file?: string;
  readonly handlers?: Partial<Handlers>;
  /** Time stands still otherwise. */
  readonly now?: () => number;
  readonly replan?: () => Promise<Plan>;
}

const PASS: Boundary = async () => undefined;

/** A run as the command line builds it, over the scene and a journal's file. */
export function openRun(scene: Scene, file: string, options: RunOptions = {}): Run & Disposable {
  const { boundary = PASS, allowed = Object.keys(HAZARDS) as Hazard[], now = () => 1_000_000 } = options;
  const { store, note } = openAdopted(file, CLUSTER, scene.mirror.journal);
  const world = worldOf(options.stopping ?? new AbortController().signal, now);
  const report = (news: ProgressNews) => void scene.news.push(news);
  if (note !== null) report({ kind: "note", text: note });
  const bounded = {
    ...store,
    append: (draft: Parameters<typeof store.append>[0]) => store.append(draft),
  };
  const ledger = openLedger({
    runId: "run",
    world,
    lock: lockOf(boundary),
    mirror: mirrorOf(scene, boundary),
    store: bounded,
    report,
  });
  return {
    world,
    handlers: { ...handlersOf(scene, boundary), ...options.handlers },
    ledger,
    replan: options.replan ?? (async () => scene.plan()),
    report,
    allowed,
    [Symbol.dispose]: () => store[Symbol.dispose](),
  };
}

function worldOf(stopping: AbortSignal, now: () => number): World {
  const refuse = (): never => {
    throw new Error("the scene has no such adapter");
  };
  return {
    kube: { request: async () => refuse(), [Symbol.asyncDispose]: async () => undefined },
    host: async (): Promise<HostSession> => refuse(),
    answers: async () => false,
    onlineMigration: refuse,
    secret: refuse,
    now,
    sleep: async () => {
      if (stopping.aborted) throw new OutgrowError("interrupted", "Stopped.");
    },
    stopping,
    folder: "/nowhere",
  };
}

/** The check stands before every journal write, so its boundary is that write's. */
function lockOf(boundary: Boundary): Lock {
  return { fence: 1, check: () => boundary("journal"), [Symbol.asyncDispose]: async () => undefined };
}

function mirrorOf({ mirror }: Scene, boundary: Boundary): Mirror {
  return {
    read: async () => mirror.journal,
    write: async (journal) => {
      await boundary("mirror before");
      mirror.journal = JSON.parse(JSON.stringify(journal)) as Journal;
      await boundary("mirror after");
    },
  };
}

function handlersOf(scene: Scene, boundary: Boundary): Handlers {
  const kinds = Object.keys(HANDLERS) as readonly StepKind[];
  return Object.fromEntries(kinds.map((kind) => [kind, handlerOf(scene, boundary)])) as unknown as Handlers;
}

interface Before {
  readonly a: string;
  readonly b: string;
}

function handlerOf({ cells, deeds }: Scene, boundary: Boundary): StepHandler<StepKind> {
  const valuesOf = (id: string): Before => ({ a: cells.get(`${id} a`) ?? "", b: cells.get(`${id} b`) ?? "" });
  const set = async (id: string, name: keyof Before, value: string) => {
    await boundary(`${id} ${name} before`);
    cells.set(`${id} ${name}`, value);
    await boundary(`${id} ${name} after`);
  };
  return {
    describe: ({ id }) => id,
    probe: async ({ id }) =>
      isDone(id, cells)
        ? { state: "done", outputs: { node: id } }
        : { state: "todo", before: valuesOf(id) as never },
    run: async ({ id }) => {
      if (isDone(id, cells)) throw new Error(`${id} is done already`);
      deeds.push(`run ${id}`);
      await set(id, "a", "new");
      await set(id, "b", "new");
    },
    verify: async ({ id }) => {
      if (isDone(id, cells)) return { node: id };
      throw new OutgrowError("verify", `${id} is not done.`);
    },
    undo: async ({ id, before }) => {
      deeds.push(`undo ${id}`);
      const { a, b } = before as unknown as Before;
      await set(id, "b", b);
      await set(id, "a", a);
    },
  };
}

function isDone(id: string, cells: ReadonlyMap<string, string>): boolean {
  return cells.get(`${id} a`) === "new" && cells.get(`${id} b`) === "new";
}

function sha(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** Runs until the n-th boundary and no further, as SIGKILL would have it: nothing after it happens. */
export async function killedAt(
  point: number,
  work: (boundary: Boundary) => Promise<unknown>,
): Promise<"killed" | "ended"> {
  let passed = 0;
  let kill = () => undefined as unknown;
  const killed = new Promise<"killed">((resolve) => {
    kill = () => resolve("killed");
  });
  const boundary = async () => {
    passed += 1;
    if (passed !== point) return;
    kill();
    await new Promise(() => undefined);
  };
  return await Promise.race([killed, work(boundary).then(() => "ended" as const)]);
}
