import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { ClusterLab } from "../../lab/hosts/cluster.ts";
import { equipOperator, type Operator } from "../../lab/hosts/operator.ts";
import { waitFor } from "../../lab/waitFor.ts";
import { main } from "../../src/cli/main.ts";

/** `outgrow` as the founders of Glaze would call it. */
export interface CommandLine {
  readonly folder: string;
  run(...argv: readonly string[]): Promise<Said>;
  /** In a process of its own, which can be sent signals. */
  start(...argv: readonly string[]): Started;
  /** The same in a terminal of 80 columns, whose keys are the child's stdin. */
  startInTerminal(...argv: readonly string[]): Started;
}

export interface Started extends AsyncDisposable {
  readonly child: ChildProcess;
  /** Until it has said this on either stream. */
  says(words: RegExp): Promise<void>;
  ended(): Promise<Said>;
}

export interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** On the laboratory's two hosts; `more` is added to the configuration. */
export function commandLineFor(lab: ClusterLab, folder: string, more: object = {}): CommandLine {
  return commandLineOf(equipOperator(lab, folder, more), folder);
}

/** `hear`: what `run` says on stderr, as it says it; what throws there breaks the run off. */
export function commandLineOf(
  { configFile, env }: Operator,
  folder: string,
  now = Date.now,
  hear: (text: string) => void = () => undefined,
): CommandLine {
  return {
    folder,
    run: async (...argv) => {
      const said = { stdout: "", stderr: "" };
      const stream = (name: keyof typeof said) => ({
        write: (text: string) => {
          said[name] += text;
          if (name === "stderr") hear(text);
        },
        isTerminal: false,
        hasColors: false,
        rows: 24,
        columns: 120,
      });
      const before = process.env.PATH;
      Object.assign(process.env, { PATH: env.PATH });
      try {
        const own = { ...process.env, ...env };
        const io = { stdout: stream("stdout"), stderr: stream("stderr"), env: own, now };
        const code = await main([...argv, "--config", configFile], io);
        return { code, ...said };
      } finally {
        process.env.PATH = before;
      }
    },
    start: (...argv) => started(process.execPath, [...NODE, ...argv, "--config", configFile], env),
    startInTerminal: (...argv) => {
      const words = [process.execPath, ...NODE, ...argv, "--config", configFile];
      const command = `stty cols 80 rows 24; exec ${words.map((word) => `'${word}'`).join(" ")}`;
      return started("script", ["-qec", command, "/dev/null"], env);
    },
  };
}

/** As bin/outgrow.js does, from the source. */
const MAIN = `
  import { main } from "./src/cli/main.ts";
  process.exitCode = await main(process.argv.slice(1));
`;
const NODE = ["--input-type=module-typescript", "-e", MAIN];

/** What is said is often the sign to stop or kill it there, and it does not wait. */
const AT_ONCE_MS = 5;

function started(program: string, argv: readonly string[], env: Readonly<Record<string, string>>): Started {
  const child = spawn(program, argv, { env: { ...process.env, ...env } });
  const ended = once(child, "close") as Promise<[number | null]>;
  const said = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].on("data", (chunk: Buffer) => {
      said[name] += chunk.toString();
    });
  }
  return {
    child,
    says: async (words) => {
      const isSaid = () => words.test(said.stdout + said.stderr) || undefined;
      const isOver = () => (child.exitCode === null ? undefined : true);
      await waitFor(`it to say ${words}`, () => isSaid() ?? isOver(), 120_000, AT_ONCE_MS);
      if (isSaid() === undefined) throw new Error(`It ended without it: ${said.stdout}${said.stderr}`);
    },
    ended: async () => {
      const [code] = await ended;
      return { code: code ?? -1, ...said };
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}
