import { spawn } from "node:child_process";
import { basename } from "node:path";
import { EXECUTABLE } from "../outgrow.ts";

/** Runs outgrow on this very terminal. */
export async function show(
  args: readonly string[],
  config: string,
  env: Readonly<Record<string, string>> = {},
): Promise<number> {
  // Where a file lies is this machine's affair.
  say(`$ outgrow ${args.map((word) => (word.startsWith("/") ? basename(word) : word)).join(" ")}`);
  const options = { stdio: "inherit", env: { ...process.env, ...env } } as const;
  const child = spawn(process.execPath, [EXECUTABLE, ...args, "--config", config], options);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => resolve(code ?? 1));
  });
}

export function chapter(title: string): void {
  say(`── ${title} ${"─".repeat(Math.max(3, 100 - title.length))}`);
}

export function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
