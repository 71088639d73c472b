import { execFile } from "node:child_process";
import { readdir } from "node:fs/promises";
import { join, relative } from "node:path";
import { promisify } from "node:util";
import { OutgrowError } from "../model/error.ts";

/** The files of a checkout, relative to its root and sorted: what git knows or would add, or everything where there is no git. */
export async function listFiles(root: string): Promise<readonly string[]> {
  const paths = (await gitFiles(root)) ?? (await walk(root));
  return paths.toSorted();
}

const LONGEST_LISTING = 64 * 1024 * 1024;

/** `null` when this is no checkout, or git is not there. */
async function gitFiles(root: string): Promise<readonly string[] | null> {
  const args = ["-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate"];
  try {
    const { stdout } = await promisify(execFile)("git", args, { maxBuffer: LONGEST_LISTING });
    return stdout.split("\0").filter((path) => path !== "");
  } catch {
    return null;
  }
}

const SKIPPED = new Set([".git", "node_modules", ".venv"]);

async function walk(root: string): Promise<readonly string[]> {
  const found: string[] = [];
  const folders = [root];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of await entriesOf(folder)) {
      const path = join(folder, entry.name);
      if (entry.isDirectory() && !SKIPPED.has(entry.name)) folders.push(path);
      else if (entry.isFile()) found.push(relative(root, path));
    }
  }
  return found;
}

async function entriesOf(folder: string) {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (cause) {
    const isMissing = (cause as NodeJS.ErrnoException).code === "ENOENT";
    throw new OutgrowError(
      "file",
      isMissing ? `There is no folder ${folder}.` : `${folder} cannot be read.`,
      { cause },
    );
  }
}
