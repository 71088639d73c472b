import { randomUUID } from "node:crypto";
import { Secret } from "../model/secret.ts";
import { type Millis, SECOND } from "../model/time.ts";
import { type ChildEnd, runSsh } from "./childRun.ts";
import type { CommandResult, HostCommand } from "./command.ts";
import { cutOff, noShell, outOfTime, sudoRefused, tooMuch } from "./commandFailure.ts";
import { openForward } from "./forward.ts";
import { framedScript, loginLine, readFrame, shellPid } from "./frame.ts";
import { type Master, openMaster } from "./master.ts";
import type { HostSession } from "./session.ts";
import { commandArguments, forwardArguments } from "./sshArguments.ts";
import type { SshTarget } from "./target.ts";

/** Opens nothing yet: the first command logs in, and the first one after a broken connection logs in again. */
export function createSshSession(target: SshTarget): HostSession {
  const mark = `outgrow-${randomUUID()}`;
  let opening: Promise<Master> | null = null;
  // In a row: of two first commands at once the second must not log in anew and leave a connection to nobody.
  const connected = (): Promise<Master> => {
    opening = openAgain(opening, target, mark);
    return opening;
  };
  return {
    name: target.name,
    async run(command) {
      const first = await attempt(target, await connected(), command, mark);
      if (first !== "cut") return first;
      // What only reads may be asked again; what changes is for the step to look at, not to repeat.
      const again =
        command.effect === "reads" ? await attempt(target, await connected(), command, mark) : "cut";
      if (again === "cut") throw cutOff(target, command);
      return again;
    },
    another: () => createSshSession(target),
    forward: async (host, port) => {
      // Now: a login that fails says why, and a tunnel only breaks.
      await connected();
      return openForward(async () => forwardArguments(target, (await connected()).socket, `${host}:${port}`));
    },
    async [Symbol.asyncDispose]() {
      const open = await opening?.catch(() => null);
      opening = null;
      await open?.[Symbol.asyncDispose]();
    },
  };
}

async function openAgain(last: Promise<Master> | null, target: SshTarget, mark: string): Promise<Master> {
  const open = await last?.catch(() => null);
  if (open?.isAlive()) return open;
  await open?.[Symbol.asyncDispose]();
  return openMaster(target, mark);
}

/** A connection over which not even the beginning of a command is heard is dead, whatever its keep-alives say. */
const SILENCE: Millis = 20 * SECOND;

/** Runs it once; `cut` when the connection went away before its end was heard. */
async function attempt(
  target: SshTarget,
  master: Master,
  command: HostCommand,
  mark: string,
): Promise<CommandResult | "cut"> {
  const asRoot = master.isRoot || command.as === "login" ? "itself" : "sudo";
  const timeoutMs = command.timeoutMs ?? target.commandTimeoutMs;
  const send = (sent: HostCommand) =>
    runSsh({
      args: commandArguments(target, master.socket, loginLine(framedScript(sent, mark), asRoot)),
      input: textOf(sent.input),
      timeoutMs,
      silenceMs: Math.max(SILENCE, 2 * target.connectTimeoutMs),
      limitBytes: target.limitBytes,
    });
  const end = await send(command);
  const result = end.why === "exit" ? judged(target, command, end, mark, asRoot) : end.why;
  if (result === "silent" || result === "cut") {
    // The master may be the last to learn that its connection is gone: the next command must not go through it.
    await master[Symbol.asyncDispose]();
    return "cut";
  }
  if (typeof result === "object") return result;
  const pid = shellPid(end.stdout, mark);
  const stopped = pid === null ? null : await send(stopCommand(pid));
  throw result === "too-large"
    ? tooMuch(target, command)
    : outOfTime(target, command, timeoutMs, stopped !== null && isSuccess(stopped, mark));
}

/** What outlives its time must not go on behind our back: a step may be repeated. */
function stopCommand(pid: string): HostCommand {
  const script = 'group=$(cut -d " " -f 5 "/proc/$1/stat") && kill -TERM "-$group"';
  return { words: ["sh", "-c", script, "outgrow-stop", pid], effect: "reads" };
}

function judged(
  target: SshTarget,
  command: HostCommand,
  { code, stdout, stderr }: ChildEnd,
  mark: string,
  asRoot: "itself" | "sudo",
): CommandResult | "cut" {
  const frame = readFrame(stdout, stderr, mark);
  if (typeof frame === "object") return frame;
  if (code === SSH_FAILED || code === null || frame === "cut") return "cut";
  throw asRoot === "sudo" ? sudoRefused(target, stderr) : noShell(target, command, code);
}

/** https://man.openbsd.org/ssh#EXIT_STATUS */
const SSH_FAILED = 255;

function isSuccess({ stdout, stderr }: ChildEnd, mark: string): boolean {
  const frame = readFrame(stdout, stderr, mark);
  return typeof frame === "object" && frame.code === 0;
}

function textOf(input: string | Secret | undefined): string {
  return input instanceof Secret ? input.reveal() : (input ?? "");
}
