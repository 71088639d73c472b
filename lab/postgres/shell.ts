import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { Secret } from "../../src/model/secret.ts";
import type { Shell } from "../../src/postgres/shell.ts";

/** This machine in the place of the host beside the source. */
export const localShell: Shell = async ({ words, input }) => {
  const [command = "", ...args] = words;
  const child = spawn(command, args, { stdio: "pipe" });
  child.stdin.on("error", () => undefined);
  child.stdin.end(input instanceof Secret ? input.reveal() : (input ?? ""));
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close") as Promise<[number | null]>,
  ]);
  return { code: code ?? 255, stdout, stderr };
};
