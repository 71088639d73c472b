import { quoteWord, shellLine } from "../model/shellLine.ts";
import { AT_WORK } from "./atWork.ts";
import type { CommandResult, HostCommand } from "./command.ts";

/**
 * The script that runs a command between two marks. What a login script prints stays outside of them,
 * output that was cut off is noticed, and the code 255 of a command is not the 255 of `ssh` itself.
 * Tools speak English, and those of the administrator are found.
 */
export function framedScript({ words, effect }: HostCommand, mark: string): string {
  return [
    ...(effect === "changes" ? [`: ${AT_WORK}`] : []),
    "LC_ALL=C; export LC_ALL",
    'PATH="$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"; export PATH',
    `echo ${mark} $$; echo ${mark} >&2`,
    shellLine(words),
    `printf '\\n%s %s\\n' ${mark} "$?"`,
  ].join("; ");
}

/** The line for the login shell, whichever it is: it has one quoted word to hand on. */
export function loginLine(script: string, asRoot: "itself" | "sudo"): string {
  const shell = `sh -c ${quoteWord(script)}`;
  return asRoot === "sudo" ? `exec sudo -n -- ${shell}` : `exec ${shell}`;
}

/** `unstarted`: the command cannot have begun to say anything. `cut`: its end is missing. */
export type Frame = CommandResult | "unstarted" | "cut";

export function readFrame(stdout: string, stderr: string, mark: string): Frame {
  const start = startOf(stdout, mark);
  if (start === null) return "unstarted";
  const body = stdout.slice(start.end);
  const end = new RegExp(`\\n${mark} (\\d+)\\n$`).exec(body);
  if (end === null) return "cut";
  const before = `${mark}\n`;
  const from = stderr.indexOf(before);
  return {
    code: Number(end[1]),
    stdout: body.slice(0, end.index),
    stderr: from < 0 ? stderr : stderr.slice(from + before.length),
  };
}

/** The process on the host that runs the command; `null` when it was not heard of. */
export function shellPid(stdout: string, mark: string): string | null {
  return startOf(stdout, mark)?.pid ?? null;
}

function startOf(stdout: string, mark: string): { readonly pid: string; readonly end: number } | null {
  const found = new RegExp(`^${mark} (\\d+)\\n`, "m").exec(stdout);
  return found === null ? null : { pid: found[1] ?? "", end: found.index + found[0].length };
}
