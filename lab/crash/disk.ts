import { createHash } from "node:crypto";
import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";

/** Where programs and settings lie; the rest of a disk is what programs have written for themselves. */
const PLACES = ["etc", "usr", "root", "home", "opt"];

/** New each time they are made. */
const SECRETS = ["token", "join-token", "password"];

/** Every file on a host's own layer of its disk, one a line: mode, owner, and what is in it. */
export function diskLines(layer: string): readonly string[] {
  return PLACES.filter((place) => existsSync(join(layer, place)))
    .flatMap((place) => filesIn(layer, place))
    .sort();
}

/** Our marks carry the number of the attempt, which no two runs share. */
export function sameName(text: string): string {
  return text.replaceAll(/\boutgrow [0-9a-f]{12}: /g, "outgrow …: ");
}

function filesIn(layer: string, folder: string): readonly string[] {
  return readdirSync(join(layer, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesIn(layer, path) : [lineOf(layer, path)];
  });
}

function lineOf(layer: string, path: string): string {
  const file = join(layer, path);
  const { mode, uid, gid } = lstatSync(file);
  return `${path} ${mode.toString(8)} ${uid}:${gid} ${contentOf(file, path)}`;
}

function contentOf(file: string, path: string): string {
  const stat = lstatSync(file);
  if (stat.isSymbolicLink()) return `→ ${readlinkSync(file)}`;
  if (!stat.isFile() || SECRETS.includes(path.slice(path.lastIndexOf("/") + 1))) return "…";
  return createHash("sha256")
    .update(sameName(readFileSync(file, "latin1")))
    .digest("hex");
}
