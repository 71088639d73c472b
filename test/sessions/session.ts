import { main } from "../../src/cli/main.ts";
import type { EpochMs } from "../../src/model/time.ts";

/**
 * A recorded session: command lines and what they print. `$ ` begins a command, `! ` is a line
 * on stderr, `? N` an exit code that is not 0, `# ` a comment; everything else is stdout.
 */
export interface Step {
  readonly comment: readonly string[];
  readonly command: string;
  readonly transcript: string;
}

export interface Surroundings {
  readonly now: EpochMs;
  readonly env?: Readonly<Record<string, string>>;
  /** Takes out what differs from run to run, such as ports. */
  readonly normalise?: (text: string) => string;
}

export function parseSession(text: string): readonly Step[] {
  const steps: Step[] = [];
  let comment: string[] = [];
  for (const line of text.trimEnd().split("\n")) {
    if (line.startsWith("# ")) comment.push(line);
    else if (line.startsWith("$ ")) {
      steps.push({ comment, command: line.slice(2), transcript: "" });
      comment = [];
    } else {
      const last = steps.pop();
      if (last === undefined) throw new Error(`A session begins with a command, not with ${line}`);
      steps.push({ ...last, transcript: `${last.transcript}${line}\n` });
    }
  }
  return steps;
}

export function sessionText(steps: readonly Step[]): string {
  return steps
    .map(({ comment, command, transcript }) => [...comment, `$ ${command}`, transcript].join("\n"))
    .join("");
}

/** Runs one command line as the shell would, and writes down what it printed. */
export async function play(command: string, surroundings: Surroundings): Promise<string> {
  const { now, env = {}, normalise = (text) => text } = surroundings;
  const printed = { stdout: "", stderr: "" };
  const stream = (name: "stdout" | "stderr") => ({
    write: (text: string) => {
      printed[name] += text;
    },
    isTerminal: false,
    hasColors: false,
    rows: 24,
    columns: 100,
  });
  const [program, ...argv] = words(command);
  if (program !== "outgrow") throw new Error(`${command}: not a command line of outgrow`);
  const io = { stdout: stream("stdout"), stderr: stream("stderr"), env, now: () => now };
  const code = await main(argv, io);
  return [
    lines(normalise(printed.stdout), ""),
    lines(normalise(printed.stderr), "! "),
    code === 0 ? "" : `? ${code}\n`,
  ].join("");
}

/** Words may be quoted with '…'. */
function words(command: string): readonly string[] {
  return [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "");
}

function lines(text: string, prefix: string): string {
  if (text === "") return "";
  return text
    .replace(/\n$/, "")
    .split("\n")
    .map((line) => `${prefix}${line}`.trimEnd())
    .join("\n")
    .concat("\n");
}
