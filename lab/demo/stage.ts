import { spawn } from "node:child_process";
import { EXECUTABLE } from "../outgrow.ts";

/** Runs outgrow on this very terminal. */
export async function show(args: readonly string[], config: string): Promise<number> {
  say(`$ outgrow ${args.join(" ")}`);
  const child = spawn(process.execPath, [EXECUTABLE, ...args, "--config", config], { stdio: "inherit" });
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
