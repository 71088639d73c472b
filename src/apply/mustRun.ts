import type { HostCommand } from "../hosts/command.ts";
import { commandFailed } from "../hosts/commandFailure.ts";
import type { HostSession } from "../hosts/session.ts";

/** Runs a command that has no other way to succeed than code 0; its stdout. */
export async function mustRun(session: HostSession, command: HostCommand): Promise<string> {
  const result = await session.run(command);
  if (result.code === 0) return result.stdout;
  throw commandFailed(session.name, command, result);
}
