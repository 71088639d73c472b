import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A fresh folder that is gone when its `using` scope ends. */
export interface TempFolder extends Disposable {
  readonly path: string;
}

export function tempFolder(name = "lab", parent = tmpdir()): TempFolder {
  const path = mkdtempSync(join(parent, `outgrow-${name}-`));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true, maxRetries: 5 }) };
}
