import { type Database, queryOne } from "../database.ts";
import { buildUnaided } from "../schema/restore.ts";
import { adminEndpoint, type OpenMove } from "./sides.ts";

/** Sessions on the target that are at work while the move looks elsewhere. At the end all of them are ended. */
export interface LateSessions extends AsyncDisposable {
  /** Its failure is kept until it is asked for. */
  start(deed: (session: Database) => Promise<void>): void;
  /** Throws what one of them failed with. */
  assertWell(): void;
  /** When all of them are done. Throws as `assertWell` does. */
  ended(): Promise<void>;
}

/** `isAided`: the server may give a session helpers. */
export function createLateSessions({ order, target }: OpenMove, isAided: boolean): LateSessions {
  const pids = new Set<number>();
  const works = new Set<Promise<void>>();
  const failures: unknown[] = [];
  let isEnding = false;
  const work = async (deed: (session: Database) => Promise<void>) => {
    await using session = await order.connect(adminEndpoint(order.target, order.database));
    const { pid } = await queryOne<{ pid: number }>(session, "select pg_backend_pid() as pid");
    if (isEnding) return;
    pids.add(pid);
    try {
      if (!isAided) await buildUnaided(session);
      await deed(session);
    } finally {
      pids.delete(pid);
    }
  };
  const assertWell = () => {
    if (failures.length > 0) throw failures[0];
  };
  return {
    start(deed) {
      const own = work(deed)
        .catch((error: unknown) => void failures.push(error))
        .finally(() => works.delete(own));
      works.add(own);
    },
    assertWell,
    async ended() {
      await Promise.all(works);
      assertWell();
    },
    async [Symbol.asyncDispose]() {
      isEnding = true;
      // Whoever waits for a lock does not notice that nobody waits for it.
      for (const pid of pids)
        await target.query("select pg_terminate_backend($1)", [pid]).catch(() => undefined);
      await Promise.all(works);
    },
  };
}
