import { stopAtWork } from "../hosts/atWork.ts";
import type { HostSession } from "../hosts/session.ts";
import type { ProgressNews } from "../model/progress.ts";
import type { Lock } from "./lock.ts";
import { mustRun } from "./mustRun.ts";
import type { World } from "./world.ts";

/**
 * The same world for the one run that holds the lock. Before it asks a host anything, what earlier runs have left at work
 * there is ended: what that does later nobody would see. Before it changes one, the lock must still be ours: a laptop that
 * slept in the middle of a step would go on with it although another one has taken over.
 */
export function ownHosts(
  world: World,
  lock: Pick<Lock, "check">,
  report: (news: ProgressNews) => void,
): World {
  const owned = new Map<string, Promise<void>>();
  const once = async (session: HostSession): Promise<void> => {
    const owning = owned.get(session.name) ?? takeOver(session, report);
    owned.set(session.name, owning);
    // A host that could not be asked is asked again.
    await owning.catch((error: unknown) => {
      owned.delete(session.name);
      throw error;
    });
  };
  return {
    ...world,
    host: async (name) => {
      const session = await world.host(name);
      return {
        ...session,
        run: async (command) => {
          await once(session);
          if (command.effect === "changes") await lock.check();
          return await session.run(command);
        },
      };
    },
  };
}

async function takeOver(session: HostSession, report: (news: ProgressNews) => void): Promise<void> {
  const stopped = Number(await mustRun(session, stopAtWork()));
  if (stopped === 0) return;
  const text = `${session.name} was still at work for a run that is gone: it was stopped.`;
  report({ kind: "note", text });
}
