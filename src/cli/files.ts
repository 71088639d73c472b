import { readFileSync } from "node:fs";
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
