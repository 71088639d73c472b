import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { endChild, spawnSsh } from "./childRun.ts";
import { loginLine } from "./frame.ts";
import { makeSocketFolder } from "./socketFolder.ts";
import { masterArguments } from "./sshArguments.ts";
import { loginTimeout, noProgram, sshFailure } from "./sshFailure.ts";
import type { SshTarget } from "./target.ts";

/** The one connection to a host that all commands share. */
export interface Master extends AsyncDisposable {
  /** The socket commands go through, in a folder only this user can enter. */
  readonly socket: string;
  readonly isRoot: boolean;
  isAlive(): boolean;
}

/**
 * Logs in. On the host a `cat` reads what never comes: when this process ends, however it ends, so
 * does the `cat`, and with it the connection. Throws when the host cannot be reached or will not let us in.
 */
export async function openMaster(target: SshTarget, mark: string): Promise<Master> {
  const folder = makeSocketFolder();
  const socket = join(folder, "s");
  const line = loginLine(`echo ${mark} "$(id -u)"; exec cat >/dev/null`, "itself");
  const child = spawnSsh(masterArguments(target, socket, line));
  const close = () => closeMaster(child, folder);
  try {
    const uid = await greeting(child, target, mark);
    return {
      socket,
      isRoot: uid === "0",
      isAlive: () => child.exitCode === null && child.signalCode === null,
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The user id behind the mark: the login works, and a shell answers. */
function greeting(child: ChildProcess, target: SshTarget, mark: string): Promise<string> {
  const said = { stdout: "", stderr: "" };
  const line = new RegExp(`^${mark} (\\d+)$`, "m");
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(loginTimeout(target)), 2 * target.connectTimeoutMs);
    child.stdin?.on("error", () => undefined);
    child.stderr?.on("data", (chunk: Buffer) => {
      said.stderr = (said.stderr + chunk).slice(-KEPT);
    });
    child.stdout?.on("data", (chunk: Buffer) => {
      said.stdout = (said.stdout + chunk).slice(-KEPT);
      const uid = line.exec(said.stdout)?.[1];
      if (uid !== undefined) resolve(uid);
    });
    child.once("error", () => reject(noProgram(target)));
    child.once("close", (code) => reject(sshFailure(target, code, said.stderr)));
    child.once("close", () => clearTimeout(timer));
  });
}

/** Of what a login script prints, in characters. */
const KEPT = 16 * 1024;
const PATIENCE_MS = 1_000;

async function closeMaster(child: ChildProcess, folder: string): Promise<void> {
  if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
    const ended = once(child, "exit");
    child.stdin?.end();
    const isPatient = { ref: false };
    await Promise.race([ended, sleep(PATIENCE_MS, undefined, isPatient)]);
    endChild(child, "SIGTERM");
    await Promise.race([ended, sleep(PATIENCE_MS, undefined, isPatient)]);
    endChild(child, "SIGKILL");
    await ended;
  }
  rmSync(folder, { recursive: true, force: true });
}
