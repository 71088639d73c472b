import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { OutgrowError } from "../model/error.ts";

/** A text file the user named. Throws `file`; `hint` is for one that is not there. */
export function readTextFile(file: string, hint?: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    const isMissing = (cause as NodeJS.ErrnoException).code === "ENOENT";
    throw new OutgrowError("file", isMissing ? `There is no file ${file}.` : `${file} cannot be read.`, {
      hint: isMissing ? hint : undefined,
      cause,
    });
  }
}

/** Writes a whole file or nothing: a temporary neighbour, flushed, then renamed over it. */
export function writeFileSafely(file: string, text: string): void {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    mkdirSync(dirname(file), { recursive: true });
    const handle = openSync(temporary, "w");
    try {
      writeSync(handle, text);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    renameSync(temporary, file);
  } catch (cause) {
    rmSync(temporary, { force: true });
    throw new OutgrowError("file", `${file} cannot be written: ${(cause as Error).message}.`, { cause });
  }
}
