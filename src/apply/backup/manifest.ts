import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { OutputsOf } from "../../model/step.ts";
import { writePrivateFile } from "../../store/safeFile.ts";
import { hashOf } from "./archive.ts";

/** What a backup consists of; written last, so that a backup with it is whole. */
type Manifest = OutputsOf<"backup">;

const NAME = "manifest.json";

export function writeManifest(manifest: Manifest): void {
  writePrivateFile(join(manifest.folder, NAME), `${JSON.stringify(manifest, null, 2)}\n`);
}

/** `null` unless the manifest is there and every file is still what it says. */
export function readManifest(folder: string): Manifest | null {
  try {
    const manifest = JSON.parse(readFileSync(join(folder, NAME), "utf8")) as Manifest;
    const isWhole = manifest.files.every(
      ({ path, sha256 }) => hashOf(readFileSync(join(folder, path))) === sha256,
    );
    return isWhole ? { ...manifest, folder } : null;
  } catch {
    return null;
  }
}
