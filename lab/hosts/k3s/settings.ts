import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { fatal } from "./fatal.ts";
import { FLAGS, NUMERIC_ARGUMENTS, VARIABLES } from "./flags.ts";

/** Every flag with its values, as k3s puts them together. */
export interface Settings {
  first(key: string): string | undefined;
  all(key: string): readonly string[];
}

type Values = Map<string, readonly string[]>;

const FOLDER = "/etc/rancher/k3s";

/** The file, its drop-ins, the environment, the command line: later ones win. Ends the program on anything wrong. */
export function readSettings(role: "server" | "agent", args: readonly string[]): Settings {
  const values: Values = new Map();
  for (const file of configFiles()) mergeFile(values, file);
  for (const [variable, key] of Object.entries(VARIABLES)) {
    const value = process.env[variable];
    if (value !== undefined && value !== "") values.set(key, [value]);
  }
  for (const [key, given] of readArguments(args)) values.set(key, given);
  for (const key of values.keys()) {
    if (!FLAGS[role].has(key)) fatal(`flag provided but not defined: -${key}`);
  }
  checkArguments(values);
  return { first: (key) => values.get(key)?.[0], all: (key) => values.get(key) ?? [] };
}

function configFiles(): readonly string[] {
  const folder = join(FOLDER, "config.yaml.d");
  const more = existsSync(folder) ? readdirSync(folder).filter((name) => /\.ya?ml$/.test(name)) : [];
  const main = join(FOLDER, "config.yaml");
  return [...(existsSync(main) ? [main] : []), ...more.sort().map((name) => join(folder, name))];
}

function mergeFile(values: Values, file: string): void {
  for (const [name, value] of Object.entries(readYaml(file))) {
    const texts = [value].flat().map((each) => String(each));
    const key = name.replace(/\+$/, "");
    values.set(key, name.endsWith("+") ? [...(values.get(key) ?? []), ...texts] : texts);
  }
}

function readYaml(file: string): Readonly<Record<string, unknown>> {
  try {
    const content: unknown = parse(readFileSync(file, "utf8"));
    if (content === null) return {};
    if (typeof content === "object" && !Array.isArray(content)) return content as Record<string, unknown>;
  } catch (error) {
    fatal(`failed to read ${file}: ${(error as Error).message}`);
  }
  fatal(`failed to read ${file}: it is no map`);
}

/** `--key value`, `--key=value`, and `--key` alone for true; a key may come again. */
function readArguments(args: readonly string[]): Values {
  const values: Values = new Map();
  for (let index = 0; index < args.length; index++) {
    const [, key, joined] = /^--?([a-z0-9-]+)(?:=(.*))?$/s.exec(args[index] ?? "") ?? [];
    if (key === undefined) fatal(`unexpected argument ${args[index]}`);
    const next = args[index + 1];
    const takesNext = joined === undefined && next !== undefined && !next.startsWith("-");
    if (takesNext) index += 1;
    values.set(key, [...(values.get(key) ?? []), joined ?? (takesNext ? next : "true")]);
  }
  return values;
}

function checkArguments(values: Values): void {
  for (const [flag, given] of values) {
    if (!flag.endsWith("-arg")) continue;
    for (const argument of given) {
      const [name = "", value] = argument.split("=", 2);
      if (value === undefined) continue;
      if (NUMERIC_ARGUMENTS.has(name) && !/^\d+$/.test(value)) {
        fatal(`${flag.replace(/-arg$/, "")} exited: invalid argument "${value}" for "--${name}" flag`);
      }
    }
  }
}
