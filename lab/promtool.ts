import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";

export interface ToolResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs Debian's promtool to its end. */
export async function promtool(
  args: readonly string[],
  options: { readonly cwd?: string } = {},
): Promise<ToolResult> {
  const child = spawn("promtool", args, { stdio: ["ignore", "pipe", "pipe"], ...options });
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close") as Promise<[number]>,
  ]);
  return { code, stdout, stderr };
}
