import { layOut } from "./columns.ts";
import type { Command } from "./command.ts";
import { COMMANDS } from "./commands.ts";

export function generalHelp(): string {
  const verbs = layOut(
    COMMANDS.map(({ name, summary }) => [`  ${name}`, summary]),
    ["left", "left"],
  );
  return [
    "outgrow: when is one k3s host no longer enough, and how to move to two without losing anything",
    "",
    "  outgrow VERB [OPTIONS]",
    "",
    ...verbs,
    "",
    "  outgrow VERB --help tells the rest. Only apply, undo and finish change anything outside this folder.",
    "",
  ].join("\n");
}

export function commandHelp(command: Command): string {
  const options = layOut(
    command.options.map(({ name, value, help }) => [
      `  --${name}${value === undefined ? "" : ` ${value}`}`,
      help,
    ]),
    ["left", "left"],
  );
  return [
    `outgrow ${command.name} ${command.synopsis}`.trimEnd(),
    "",
    command.about,
    "",
    ...options,
    "",
  ].join("\n");
}
