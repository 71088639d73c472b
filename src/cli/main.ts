import { OutgrowError } from "../model/error.ts";
import { closest } from "../model/similar.ts";
import { parseArguments } from "./arguments.ts";
import type { CommandEntry } from "./command.ts";
import { COMMANDS } from "./commands.ts";
import { errorText } from "./errorText.ts";
import { commandHelp, generalHelp } from "./help.ts";
import { type Io, ownVersion, processIo } from "./io.ts";
import { paintFor } from "./paint.ts";

/** Runs one command line and returns its exit code. The only `catch` there is. */
export async function main(argv: readonly string[], io: Io = processIo()): Promise<number> {
  try {
    return await run(argv, io);
  } catch (error) {
    const known = error instanceof OutgrowError ? error : unexpected(error);
    io.stderr.write(errorText(known, paintFor(io.stderr)));
    if (known.code === "internal" && io.env.OUTGROW_DEBUG) io.stderr.write(`${(error as Error).stack}\n`);
    return known.exitCode;
  }
}

async function run(argv: readonly string[], io: Io): Promise<number> {
  const [verb, ...rest] = argv;
  if (verb === "--version" || verb === "-V") return say(io, `${ownVersion()}\n`);
  if (verb === "--help" || verb === "-h" || verb === "help") return say(io, generalHelp());
  const command = await commandNamed(verb).load();
  if (rest.includes("--help") || rest.includes("-h")) return say(io, commandHelp(command));
  return command.run(parseArguments(command.name, rest, command.options), io);
}

function commandNamed(verb: string | undefined): CommandEntry {
  const entry = COMMANDS.find(({ name }) => name === verb);
  if (entry !== undefined) return entry;
  const names = COMMANDS.map(({ name }) => name);
  if (verb === undefined) {
    throw new OutgrowError("usage", "No verb is given.", {
      hint: `The verbs are ${names.join(", ")}; see outgrow --help.`,
    });
  }
  const near = closest(verb, names);
  const hint = near === undefined ? `The verbs are ${names.join(", ")}.` : `Did you mean outgrow ${near}?`;
  throw new OutgrowError("usage", `There is no verb ${JSON.stringify(verb)}.`, { hint });
}

function say(io: Io, text: string): number {
  io.stdout.write(text);
  return 0;
}

function unexpected(cause: unknown): OutgrowError {
  const message = cause instanceof Error ? cause.message : String(cause);
  return new OutgrowError("internal", `This is a bug in outgrow: ${message}`, {
    hint: "Run it again with OUTGROW_DEBUG=1 and report what it prints.",
    cause,
  });
}
