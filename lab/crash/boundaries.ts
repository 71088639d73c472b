import { writeSync } from "node:fs";
import type { OpenJournal } from "../../src/apply/openRun.ts";
import type { World } from "../../src/apply/world.ts";
import type { HostSession } from "../../src/hosts/session.ts";
import type { KubeApi } from "../../src/kube/api.ts";
import type { OnlineMigration } from "../../src/model/onlineMigration.ts";
import { openAdopted } from "../../src/store/adopt.ts";

/** Counts the places where a process may die, and dies at one of them as `kill -9` would have it, or stands still. */
export interface Boundaries {
  readonly names: readonly string[];
  pass(name: string): void;
}

export function createBoundaries(killAt: number, stopAt?: string): Boundaries {
  const names: string[] = [];
  let hasStopped = false;
  return {
    names,
    pass: (name) => {
      names.push(name);
      if (names.length === killAt) {
        // Not by a stream, whose words would die with us.
        writeSync(2, `${DIES}${name}\n`);
        process.kill(process.pid, "SIGKILL");
      }
      if (hasStopped || stopAt === undefined || !new RegExp(stopAt).test(name)) return;
      hasStopped = true;
      writeSync(2, `${STOPS}${name}\n`);
      process.kill(process.pid, "SIGSTOP");
    },
  };
}

const DIES = "dies ";
/** How the line begins by which a child says that it stands still now. */
export const STOPS = "stops ";

/** Where a child died, as its last line says. */
export function deathOf(stderr: string): string {
  return stderr.trimEnd().split(`\n${DIES}`).at(-1)?.replace(DIES, "") ?? "";
}

/** Both sides of everything that changes something outside this process. */
export function boundWorld(world: World, boundaries: Boundaries): World {
  const sessions = new Map<string, HostSession>();
  return {
    ...world,
    kube: boundKube(world.kube, boundaries),
    onlineMigration: (ref) => boundMigration(world.onlineMigration(ref), boundaries),
    host: async (name) => {
      const known = sessions.get(name) ?? boundSession(await world.host(name), boundaries);
      sessions.set(name, known);
      return known;
    },
  };
}

function boundKube(kube: KubeApi, { pass }: Boundaries): KubeApi {
  return {
    ...kube,
    request: async (request) => {
      // The lock is renewed by the clock: how often is not the same from run to run.
      const isCounted = request.method !== "GET" && !request.path.includes("/leases");
      const name = `${request.method} ${request.path.split("/").at(-1)}`;
      if (isCounted) pass(`before ${name}`);
      const answer = await kube.request(request);
      if (isCounted) pass(`after ${name}`);
      return answer;
    },
  };
}

function boundMigration(migration: OnlineMigration, { pass }: Boundaries): OnlineMigration {
  const bound = async <T>(name: string, deed: () => Promise<T>): Promise<T> => {
    pass(`before ${name}`);
    const result = await deed();
    pass(`after ${name}`);
    return result;
  };
  return {
    ...migration,
    start: (source) => bound("the provider's start", () => migration.start(source)),
    stop: (id) => bound("the provider's stop", () => migration.stop(id)),
  };
}

function boundSession(session: HostSession, { pass }: Boundaries): HostSession {
  return {
    ...session,
    run: async (command) => {
      const name = `${session.name} ${command.words.join(" ").split("\n")[0]?.slice(0, 60)}`;
      if (command.effect === "changes") pass(`before ${name}`);
      const result = await session.run(command);
      if (command.effect === "changes") pass(`after ${name}`);
      return result;
    },
  };
}

export function boundJournal({ pass }: Boundaries): OpenJournal {
  return (file, cluster, copy) => {
    const { store, note } = openAdopted(file, cluster, copy);
    const append: typeof store.append = (draft) => {
      pass(`before journal ${draft.stepId} ${draft.event.kind}`);
      const entry = store.append(draft);
      pass(`after journal ${draft.stepId} ${draft.event.kind}`);
      return entry;
    };
    return { store: { ...store, append }, note };
  };
}
