import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { OutgrowError } from "../model/error.ts";

export type Content = string | Uint8Array;

/** Writes a whole file or nothing: a temporary neighbour, flushed, then renamed over it. */
export function writeFileSafely(file: string, content: Content): void {
  writeThen(file, content, PUBLIC, (temporary) => renameSync(temporary, file));
}

/** The same for what only its owner may read. */
export function writePrivateFile(file: string, content: Content): void {
  writeThen(file, content, PRIVATE, (temporary) => renameSync(temporary, file));
}

/** The same for a file that must not be there yet; `hint` is for one that is. */
export function createFileSafely(file: string, content: Content, hint: string): void {
  writeThen(file, content, PUBLIC, (temporary) => {
    try {
      linkSync(temporary, file);
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw cause;
      throw new OutgrowError("file", `${file} is there already.`, { hint, cause });
    }
    rmSync(temporary);
  });
}

const PUBLIC = { file: 0o666, folder: 0o777 };
const PRIVATE = { file: 0o600, folder: 0o700 };

function writeThen(
  file: string,
  content: Content,
  mode: typeof PUBLIC,
  place: (temporary: string) => void,
): void {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    mkdirSync(dirname(file), { recursive: true, mode: mode.folder });
    const handle = openSync(temporary, "w", mode.file);
    try {
      writeFileSync(handle, content);
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
