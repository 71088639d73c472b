import type { HostCommand } from "../../hosts/command.ts";
import type { HostSession } from "../../hosts/session.ts";
import { apiReady, type Waiting } from "../../kube/wait.ts";
import { MINUTE, type Millis, SECOND } from "../../model/time.ts";
import { mustRun } from "../mustRun.ts";
import type { World } from "../world.ts";

export type K3sUnit = "k3s" | "k3s-agent";

export function restart(unit: K3sUnit): HostCommand {
  return { words: ["systemctl", "restart", unit], effect: "changes", timeoutMs: 5 * MINUTE };
}

/** Whether k3s has started since a file was written: only then it goes by it. */
export async function hasReread(session: HostSession, unit: K3sUnit, path: string): Promise<boolean> {
  const script = `pid=$(systemctl show --property MainPID --value "$1") && [ "$pid" != 0 ] &&
    { [ ! -e "$2" ] || [ "$(stat -c %Y "/proc/$pid")" -ge "$(stat -c %Y "$2")" ]; }`;
  const command: HostCommand = { words: ["sh", "-c", script, "outgrow-reread", unit, path], effect: "reads" };
  return (await session.run(command)).code === 0;
}

/** Restarts the server and waits for its API. */
export async function restartServer(
  session: HostSession,
  world: World,
  say: (text: string) => void,
): Promise<void> {
  say(`restarting k3s on ${session.name}`);
  await mustRun(session, restart("k3s"));
  await apiReady(world.kube, waiting(world, say, 3 * MINUTE));
}

/** Looks once a second, for so long. */
export function waiting(world: World, say: (text: string) => void, limitMs: Millis): Waiting {
  const { stopping: signal, now, sleep } = world;
  return { limitMs, pauseMs: SECOND, signal, tell: say, now, sleep };
}
