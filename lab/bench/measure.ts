import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { tempFolder } from "../temp.ts";

/** One run of a whole process. */
export interface Run {
  readonly wallMs: number;
  readonly peakMib: number;
  readonly stdout: string;
}

export interface Command {
  readonly command: string;
  readonly args: readonly string[];
}

/** The medians of several runs; the first is a rehearsal and not counted. */
export interface Figures {
  readonly wallMs: number;
  readonly peakMib: number;
  readonly runs: number;
  readonly stdout: string;
}

export async function measure(command: Command, runs: number): Promise<Figures> {
  const all: Run[] = [];
  for (let index = 0; index <= runs; index++) all.push(await runOnce(command));
  const counted = all.slice(1);
  return {
    wallMs: median(counted.map(({ wallMs }) => wallMs)),
    peakMib: median(counted.map(({ peakMib }) => peakMib)),
    runs,
    stdout: counted.at(-1)?.stdout ?? "",
  };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

/** GNU time asks the kernel for the peak of the resident set. */
async function runOnce({ command, args }: Command): Promise<Run> {
  using folder = tempFolder("bench");
  const report = join(folder.path, "time");
  const began = performance.now();
  const child = spawn("/usr/bin/time", ["-f", "%M", "-o", report, command, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close") as Promise<[number]>,
  ]);
  const wallMs = performance.now() - began;
  if (code !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${code}.\n${stdout}${stderr}`);
  return { wallMs, peakMib: Number(readFileSync(report, "utf8").trim().split("\n").at(-1)) / 1024, stdout };
}
