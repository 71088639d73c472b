import { mkdtempSync, readdirSync, rmdirSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MINUTE, type Millis } from "../model/time.ts";

const PREFIX = "outgrow-ssh-";

/**
 * A fresh folder for a connection's socket, which only this user can enter. When its process is killed the folder
 * stays, empty; one that makes a folder later sweeps it.
 */
export function makeSocketFolder(): string {
  for (const name of readdirSync(tmpdir())) {
    if (name.startsWith(PREFIX)) removeIfLeft(join(tmpdir(), name));
  }
  return mkdtempSync(join(tmpdir(), PREFIX));
}

/**
 * A connection that is just logging in has an empty folder too. Whether its process lives cannot be asked: it may run
 * in a container that shares the folder above, and there its number is another's. No login takes so long.
 */
const ABANDONED: Millis = 10 * MINUTE;

/** One that is not empty, or not ours, is none of our business. */
function removeIfLeft(folder: string): void {
  try {
    if (Date.now() - statSync(folder).mtimeMs > ABANDONED) rmdirSync(folder);
  } catch {
    // It stays.
  }
}
