import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A fresh folder that is gone when its `using` scope ends. */
export interface TempFolder extends Disposable {
  readonly path: string;
}

export function tempFolder(name = "lab"): TempFolder {
  const path = mkdtempSync(join(tmpdir(), `outgrow-${name}-`));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true, maxRetries: 5 }) };
}
