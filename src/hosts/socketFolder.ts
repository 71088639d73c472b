import { mkdtempSync, readdirSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const PREFIX = "outgrow-ssh-";

/**
 * A fresh folder for a connection's socket, which only this user can enter. It carries the number of
 * this process: when that is killed the folder stays, empty, and the next one that makes one sweeps it.
 */
export function makeSocketFolder(): string {
  for (const name of readdirSync(tmpdir())) {
    const owner = name.startsWith(PREFIX) ? Number(name.slice(PREFIX.length).split("-")[0]) : 0;
    if (owner > 0 && !isAlive(owner)) removeIfEmpty(join(tmpdir(), name));
  }
  return mkdtempSync(join(tmpdir(), `${PREFIX}${process.pid}-`));
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // Someone else's process is one all the same.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** One that is not empty, or not ours, is none of our business. */
function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // It stays.
  }
}
