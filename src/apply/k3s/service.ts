import type { HostCommand } from "../../hosts/command.ts";
import { restoreFile } from "../../hosts/keptFile.ts";
import type { HostSession } from "../../hosts/session.ts";
import { apiReady, type Waiting } from "../../kube/wait.ts";
import type { StepKind } from "../../model/step.ts";
import { MINUTE, type Millis, SECOND } from "../../model/time.ts";
import { mustRun } from "../mustRun.ts";
import type { StepTask } from "../stepKind.ts";
import type { World } from "../world.ts";

/**
 * Says on the host that k3s must be restarted, before its configuration is changed: whoever is killed in between finds it
 * there. It goes when the restart is done.
 */
const PENDING = "/var/lib/outgrow/restart-k3s";

const OWE = `umask 077; mkdir -p /var/lib/outgrow && touch ${PENDING}`;

export function oweRestart(): HostCommand {
  return { words: ["sh", "-c", OWE], effect: "changes" };
}

export async function owesRestart(session: HostSession): Promise<boolean> {
  return (await session.run({ words: ["test", "-e", PENDING], effect: "reads" })).code === 0;
}

/** Restarts the server and waits for its API. */
export async function restartServer(
  session: HostSession,
  world: World,
  say: (text: string) => void,
): Promise<void> {
  say(`restarting k3s on ${session.name}`);
  await mustRun(session, {
    words: ["systemctl", "restart", "k3s"],
    effect: "changes",
    timeoutMs: 5 * MINUTE,
  });
  await apiReady(world.kube, waiting(world, say, 3 * MINUTE));
  await mustRun(session, { words: ["rm", "-f", PENDING], effect: "changes" });
}

/** Takes a file of ours away and restarts the server; nothing when it is not there and no restart is owed. */
export async function takeAway(
  session: HostSession,
  { attempt, world, say }: Pick<StepTask<StepKind>, "attempt" | "world" | "say">,
  path: string,
): Promise<void> {
  const { code } = await session.run({ words: ["test", "-e", path], effect: "reads" });
  if (code !== 0 && !(await owesRestart(session))) return;
  await mustRun(session, oweRestart());
  await mustRun(session, restoreFile(attempt, path));
  await restartServer(session, world, say);
}

/** Looks once a second, for so long. */
export function waiting(world: World, say: (text: string) => void, limitMs: Millis): Waiting {
  const { stopping: signal, now, sleep } = world;
  return { limitMs, pauseMs: SECOND, signal, tell: say, now, sleep };
}
