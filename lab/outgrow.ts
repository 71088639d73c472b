import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";

/** The command line as its users run it, in a process of its own. */
export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export const EXECUTABLE = fileURLToPath(new URL("../bin/outgrow.js", import.meta.url));

export function outgrow(
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<Ran> {
  const { cwd, env } = options;
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [EXECUTABLE, ...args],
      { cwd, env: { ...process.env, ...env }, maxBuffer: 64 * 1024 * 1024 },
      (error, stdout, stderr) => {
        resolve({
          code: typeof error?.code === "number" ? error.code : error === null ? 0 : 1,
          stdout,
          stderr,
        });
      },
    );
  });
}
