import { readFileSync, statSync } from "node:fs";
import { OutgrowError } from "../model/error.ts";

/** A text file the user named. Throws `file`; `hint` is for one that is not there. */
export function readTextFile(file: string, hint?: string): string {
  try {
    const { size } = statSync(file);
    if (size > LARGEST) throw tooLarge(file, size);
    return readFileSync(file, "utf8");
  } catch (cause) {
    if (cause instanceof OutgrowError) throw cause;
    const isMissing = (cause as NodeJS.ErrnoException).code === "ENOENT";
    throw new OutgrowError("file", isMissing ? `There is no file ${file}.` : `${file} cannot be read.`, {
      hint: isMissing ? hint : undefined,
      cause,
    });
  }
}

/** Ten thousand objects are a tenth of it; reading more takes minutes and all of the memory. */
const LARGEST = 64 * 1024 * 1024;

function tooLarge(file: string, size: number): OutgrowError {
  const megabytes = Math.ceil(size / 1024 / 1024);
  return new OutgrowError("file", `${file} has ${megabytes} MiB; more than 64 are not read.`, {
    hint: "Give what is deployed, not a dump of everything: leave out Events, ReplicaSets and Secrets of Helm.",
  });
}
