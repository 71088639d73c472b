import { execFile } from "node:child_process";
import { symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

/** As it is shipped: Node's own compiler would be counted as memory of the tool, 40 MB of it. */
export async function compileMove(folder: string): Promise<string> {
  const options = [
    "--noEmit",
    "false",
    "--outDir",
    folder,
    "--rootDir",
    ".",
    "--rewriteRelativeImportExtensions",
  ];
  const project = join(folder, "tsconfig.json");
  writeFileSync(
    project,
    JSON.stringify({
      extends: resolve("tsconfig.json"),
      files: [resolve("lab/postgres/moveProcess.ts")],
      include: [],
    }),
  );
  symlinkSync(resolve("node_modules"), join(folder, "node_modules"));
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  await promisify(execFile)(process.execPath, ["node_modules/typescript/bin/tsc", "-p", project, ...options]);
  return join(folder, "lab/postgres/moveProcess.js");
}
