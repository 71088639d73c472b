import { parseArgs } from "node:util";
import { OutgrowError } from "../model/error.ts";
import { closest } from "../model/similar.ts";

/** One `--option` of a command. */
export interface OptionSpec {
  readonly name: string;
  /** The value's name in help, `FILE`; without it the option is a switch. */
  readonly value?: string;
  readonly help: string;
}

/** What was given on the command line, already checked against the command's options. */
export interface Arguments {
  readonly words: readonly string[];
  /** The last value of an option that may stand once. */
  text(name: string): string | undefined;
  /** Every value of an option that may be repeated. */
  texts(name: string): readonly string[];
  has(name: string): boolean;
}

/** Throws `usage` on anything the command does not know, with the nearest thing it does. */
export function parseArguments(
  verb: string,
  argv: readonly string[],
  options: readonly OptionSpec[],
): Arguments {
  const config = Object.fromEntries(
    options.map(({ name, value }) => [name, { type: value === undefined ? "boolean" : "string" } as const]),
  );
  const { tokens, positionals } = parseArgs({
    args: [...argv],
    options: config,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const given = new Map<string, readonly (string | true)[]>();
  for (const token of tokens) {
    if (token.kind !== "option") continue;
    const option = options.find(({ name }) => name === token.name);
    if (option === undefined) throw unknownOption(verb, token.rawName, options);
    given.set(option.name, [...(given.get(option.name) ?? []), checkedValue(verb, option, token.value)]);
  }
  const texts = (name: string) => (given.get(name) ?? []).filter((value) => value !== true);
  return { words: positionals, texts, text: (name) => texts(name).at(-1), has: (name) => given.has(name) };
}

function checkedValue(verb: string, option: OptionSpec, value: string | undefined): string | true {
  if (option.value === undefined) {
    if (value === undefined) return true;
    throw usage(`--${option.name} takes no value.`, `Write outgrow ${verb} --${option.name}.`);
  }
  if (value !== undefined && value !== "" && !value.startsWith("--")) return value;
  throw usage(`--${option.name} needs a value.`, `Write outgrow ${verb} --${option.name} ${option.value}.`);
}

function unknownOption(verb: string, rawName: string, options: readonly OptionSpec[]): OutgrowError {
  const near = closest(
    rawName.replace(/^-+/, ""),
    options.map(({ name }) => name),
  );
  const hint = near === undefined ? `outgrow ${verb} --help lists them.` : `Did you mean --${near}?`;
  return usage(`${verb} has no option ${rawName}.`, hint);
}

function usage(message: string, hint: string): OutgrowError {
  return new OutgrowError("usage", message, { hint });
}
