import { OutgrowError } from "../model/error.ts";
import { shellLine } from "../model/shellLine.ts";
import { type Millis, SECOND } from "../model/time.ts";
import type { CommandResult, HostCommand } from "./command.ts";
import { hostOf } from "./sshFailure.ts";
import type { SshTarget } from "./target.ts";

/** A command as people read it; a script is named, not recited. */
export function shownCommand({ words }: HostCommand): string {
  const line = shellLine(words).replace(/\s+/g, " ");
  return line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line;
}

const LONGEST = 120;

export function outOfTime(
  target: SshTarget,
  command: HostCommand,
  timeoutMs: Millis,
  isStopped: boolean,
): OutgrowError {
  const ending = isStopped ? "It was stopped." : "It may still run there.";
  const message = `${hostOf(target)} did not finish \`${shownCommand(command)}\` within ${timeoutMs / SECOND} s. ${ending}`;
  return new OutgrowError("timeout", message, { hint: afterwards(command) });
}

export function cutOff(target: SshTarget, command: HostCommand): OutgrowError {
  const message = `The connection to ${hostOf(target)} broke while \`${shownCommand(command)}\` ran.`;
  return new OutgrowError("unreachable", message, { hint: afterwards(command) });
}

/** What only read can be asked again; of what changes nobody here knows how far it came. */
function afterwards({ effect }: HostCommand): string {
  return effect === "reads"
    ? "It changed nothing: run outgrow again."
    : "Whether it took effect is not known: run outgrow again, it looks first.";
}

export function tooMuch(target: SshTarget, command: HostCommand): OutgrowError {
  const size = Math.round(target.limitBytes / 1024 / 1024);
  const message = `${hostOf(target)} answered \`${shownCommand(command)}\` with more than ${size} MiB.`;
  return new OutgrowError("too-large", message, { hint: "See what it prints, on the host itself." });
}

export function sudoRefused(target: SshTarget, stderr: string): OutgrowError {
  const said = stderr.trim().split("\n").at(-1) ?? "";
  return new OutgrowError("sudo", `sudo refuses the login of ${hostOf(target)}: ${said}`, {
    hint: "outgrow needs root there without a question: log in as root, or allow it with a line like `deploy ALL=(ALL) NOPASSWD: ALL` in /etc/sudoers.d/outgrow.",
  });
}

export function noShell(target: SshTarget, command: HostCommand, code: number): OutgrowError {
  const message = `${hostOf(target)} did not run \`${shownCommand(command)}\`: the login ended with ${code} before a shell answered.`;
  return new OutgrowError("bad-answer", message, {
    hint: "A forced command or a login shell that is no POSIX shell stands in the way.",
  });
}

/** For a command that has no other way to succeed than code 0. */
export function commandFailed(
  host: string,
  command: HostCommand,
  { code, stderr }: CommandResult,
): OutgrowError {
  const said = stderr.trim().split("\n").slice(-3).join("\n");
  const message = `${host}: \`${shownCommand(command)}\` ended with ${code}${said === "" ? "." : `: ${said}`}`;
  return new OutgrowError("command", message);
}
