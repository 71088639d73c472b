import { execFile } from "node:child_process";

export interface Executed {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end; a code other than 0 is an answer too. Nothing of it blocks this process. */
export function attempt(command: string, args: readonly string[], input = ""): Promise<Executed> {
  return new Promise((resolve, reject) => {
    const child = execFile(command, args, { maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (error === null) resolve({ code: 0, stdout, stderr });
      else if (typeof error.code === "number") resolve({ code: error.code, stdout, stderr });
      else reject(error);
    });
    // A program that ends without reading its input is no trouble: its code tells.
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(input);
  });
}

/** The same for a program that must succeed: its stdout. */
export async function execute(command: string, args: readonly string[], input = ""): Promise<string> {
  const { code, stdout, stderr } = await attempt(command, args, input);
  if (code !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${code}: ${stderr}${stdout}`);
  return stdout;
}
