import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { Millis } from "../model/time.ts";

export interface ChildOptions {
  readonly args: readonly string[];
  readonly input: string;
  readonly timeoutMs: Millis;
  /** For the first word: the command's beginning is said before anything else. */
  readonly silenceMs: Millis;
  /** Of stdout and stderr together. */
  readonly limitBytes: number;
}

/** How a local program ended; `code` is `null` when a signal ended it. */
export interface ChildEnd {
  readonly why: "exit" | "timeout" | "silent" | "too-large";
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Starts the system's `ssh`: outside of the terminal's process group, so that Ctrl-C ends only outgrow's
 * waiting and nothing can ask for a password; in English, because `ssh` tells its failures only in words.
 */
export function spawnSsh(args: readonly string[]): ChildProcess {
  return spawn("ssh", args, {
    detached: true,
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...process.env, LC_ALL: "C", SSH_ASKPASS_REQUIRE: "never" },
  });
}

/** Runs `ssh` to its end, or to a limit. Rejects only when the program cannot be started. */
export async function runSsh({
  args,
  input,
  timeoutMs,
  silenceMs,
  limitBytes,
}: ChildOptions): Promise<ChildEnd> {
  const child = spawnSsh(args);
  const chunks: Record<"stdout" | "stderr", Buffer[]> = { stdout: [], stderr: [] };
  let why: ChildEnd["why"] = "exit";
  let size = 0;
  const stop = (reason: ChildEnd["why"]) => {
    why = reason;
    endChild(child, "SIGKILL");
    // The master holds the other ends, and would keep them open as long as the command runs on the host.
    child.stdout?.destroy();
    child.stderr?.destroy();
  };
  for (const name of ["stdout", "stderr"] as const) {
    child[name]?.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size > limitBytes) stop("too-large");
      else chunks[name].push(chunk);
    });
  }
  const timer = setTimeout(stop, timeoutMs, "timeout");
  const silence = setTimeout(stop, silenceMs, "silent");
  child.stdout?.once("data", () => clearTimeout(silence));
  // A command that ends without reading its input is no trouble: its code tells.
  child.stdin?.on("error", () => undefined);
  child.stdin?.end(input);
  try {
    const [code] = (await once(child, "close")) as [number | null];
    const text = (name: "stdout" | "stderr") => Buffer.concat(chunks[name]).toString();
    return { why, code, stdout: text("stdout"), stderr: text("stderr") };
  } finally {
    clearTimeout(timer);
    clearTimeout(silence);
  }
}

/** Signals the child with all it started (a `ProxyCommand`, say). */
export function endChild({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, signal);
  } catch {
    // It has ended by itself.
  }
}
