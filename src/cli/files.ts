import {
  closeSync,
  fsyncSync,
  linkSync,
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
  writeThen(file, text, (temporary) => renameSync(temporary, file));
}

/** The same for a file that must not be there yet; `hint` is for one that is. */
export function createFileSafely(file: string, text: string, hint: string): void {
  writeThen(file, text, (temporary) => {
    try {
      linkSync(temporary, file);
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw cause;
      throw new OutgrowError("file", `${file} is there already.`, { hint, cause });
    }
    rmSync(temporary);
  });
}

function writeThen(file: string, text: string, place: (temporary: string) => void): void {
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
    place(temporary);
  } catch (cause) {
    rmSync(temporary, { force: true });
    if (cause instanceof OutgrowError) throw cause;
    throw new OutgrowError("file", `${file} cannot be written: ${(cause as Error).message}.`, { cause });
  }
}
