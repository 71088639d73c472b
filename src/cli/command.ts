import type { Arguments, OptionSpec } from "./arguments.ts";
import type { Io } from "./io.ts";

/** One verb: its options and its run. Returns the exit code; failures are thrown. */
export interface Command {
  readonly name: string;
  /** After the verb: `SIGNAL`, `[--out DIR]`; options are listed by themselves. */
  readonly synopsis: string;
  readonly about: string;
  readonly options: readonly OptionSpec[];
  run(args: Arguments, io: Io): Promise<number>;
}

/** A verb as the list shows it; its code is loaded only when it is called. */
export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<Command>;
}

export const CONFIG_OPTION: OptionSpec = {
  name: "config",
  value: "FILE",
  help: "the configuration (outgrow.yaml)",
};

export const JSON_OPTION: OptionSpec = {
  name: "json",
  help: "one JSON document on stdout and nothing else there",
};
