import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { waitFor } from "./waitFor.ts";

export interface ProcessOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly uid?: number;
  readonly gid?: number;
  /** Asked with what it has said so far, until true; a throw counts as not yet. */
  readonly ready: (said: string) => boolean | Promise<boolean>;
  readonly timeoutMs?: number;
}

/** A child that serves; ended with all it started by `await using`. */
export interface RunningProcess extends AsyncDisposable {
  readonly pid: number;
  /** The newest of what it said on stdout and stderr. */
  output(): string;
  /** Resolves when it is over, however it ends. */
  readonly ended: Promise<void>;
}

const KEPT_OUTPUT = 64 * 1024;
const PATIENCE_MS = 5_000;

/** Starts a server and waits until it is ready; throws with its last words when it dies or stays silent. */
export async function startProcess(options: ProcessOptions): Promise<RunningProcess> {
  const { command, args, env, cwd, uid, gid } = options;
  // Its own process group, so that no grandchild is left behind.
  const child = spawn(command, args, {
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...env },
    ...(cwd === undefined ? {} : { cwd }),
    ...(uid === undefined ? {} : { uid }),
    ...(gid === undefined ? {} : { gid }),
  });
  const output = collectOutput(child);
  const dying = endOfLife(child);
  const ended = dying.catch(() => undefined);
  const running = { pid: child.pid ?? 0, output, ended, [Symbol.asyncDispose]: () => end(child) };
  remember(child);
  try {
    await Promise.race([untilReady(options, output), dying]);
    return running;
  } catch (cause) {
    await end(child);
    throw new Error(`${command} did not start.\n${output()}`, { cause });
  }
}

async function untilReady(
  { command, ready, timeoutMs }: ProcessOptions,
  output: () => string,
): Promise<void> {
  await waitFor(command, async () => ((await ready(output())) ? true : undefined), timeoutMs);
}

const living = new Set<ChildProcess>();

/** Whatever ends this process, its children end with it. */
function remember(child: ChildProcess): void {
  if (living.size === 0) process.once("exit", killTheLiving);
  living.add(child);
  child.once("exit", () => {
    living.delete(child);
    if (living.size === 0) process.off("exit", killTheLiving);
  });
}

function killTheLiving(): void {
  for (const child of living) signalGroup(child, "SIGKILL");
}

/** Rejects when the child ends; handled here, because it may end long after anyone asks. */
function endOfLife(child: ChildProcess): Promise<never> {
  const dying = new Promise<never>((_, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => reject(new Error(`It ended with ${signal ?? code}.`)));
  });
  dying.catch(() => undefined);
  return dying;
}

function collectOutput(child: ChildProcess): () => string {
  let text = "";
  const keep = (chunk: Buffer) => {
    text = (text + chunk.toString()).slice(-KEPT_OUTPUT);
  };
  child.stdout?.on("data", keep);
  child.stderr?.on("data", keep);
  return () => text;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined) return;
  if (child.exitCode === null && child.signalCode === null) {
    const ended = once(child, "exit");
    signalGroup(child, "SIGTERM");
    await Promise.race([ended, sleep(PATIENCE_MS, undefined, { ref: false })]);
    signalGroup(child, "SIGKILL");
    await ended;
  }
  signalGroup(child, "SIGKILL");
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, signal);
  } catch {
    // The group is gone: what was wanted.
  }
}
