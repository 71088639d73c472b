import { setTimeout as sleep } from "node:timers/promises";
import { OutgrowError } from "../../model/error.ts";
import type { Database } from "../database.ts";
import type { RunNames } from "../runNames.ts";

/** A session that might write. */
export interface Session {
  readonly pid: number;
  readonly user: string | null;
  readonly application: string;
  readonly kind: string;
}

/** The server's own workers, which serve replication and tidiness and write no rows of anybody. */
const HARMLESS = [
  "autovacuum launcher",
  "autovacuum worker",
  "walsender",
  "logical replication launcher",
  "logical replication worker",
  "logical replication apply worker",
  "logical replication tablesync worker",
  "logical replication parallel worker",
];

/**
 * Everybody in this database but us. Of a role whose rights we lack a server hides what kind its sessions are, not whose they
 * are: they count, but for the provider's superusers (https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-STATS-VIEWS).
 */
export async function otherSessions(database: Database, { role }: RunNames): Promise<readonly Session[]> {
  return database.query<Session>(
    `select pid, usename::text as user, coalesce(application_name, '') as application, coalesce(backend_type, 'hidden') as kind
       from pg_stat_activity a left join pg_roles r on r.oid = a.usesysid
      where datname = current_database() and pid <> pg_backend_pid()
        and coalesce(backend_type <> all ($1), not r.rolsuper, false) and usename is distinct from $2
        and not (application_name = 'outgrow' and usename = session_user)`,
    [HARMLESS, role],
  );
}

const PAUSE_MS = 20;
const PATIENCE_MS = 10_000;
/** A log-in that was let through just before the door closed appears late; so one empty look is not enough. */
const QUIET_LOOKS = 2;

/** Ends them until none is left in two looks; throws `blocked` with the names of those that stay. */
export async function endSessions(database: Database, names: RunNames): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  for (let quiet = 0; quiet < QUIET_LOOKS; ) {
    const sessions = await otherSessions(database, names);
    quiet = sessions.length === 0 ? quiet + 1 : 0;
    if (Date.now() > deadline) throw stubborn(database, sessions);
    await terminate(database, sessions);
    if (quiet < QUIET_LOOKS) await sleep(PAUSE_MS);
  }
}

/** Throws `blocked` if somebody came in after all: a log-in let through just before may appear later than two looks. */
export async function assertNobody(database: Database, names: RunNames): Promise<void> {
  const sessions = await otherSessions(database, names);
  if (sessions.length === 0) return;
  throw new OutgrowError(
    "blocked",
    `Somebody came in on ${database.place} while writes were held (${listOf(sessions)}).`,
    { hint: "Writes are open again, and the application was told nothing. Run it again." },
  );
}

const END = "select pg_terminate_backend(pid) from unnest($1::int[]) pid";

/**
 * In one go, for everybody waits from here on; one that we may not end fails it for all. That one is looked at again: it may go by
 * itself, and if not, its name is told.
 */
async function terminate(database: Database, sessions: readonly Session[]): Promise<void> {
  if (sessions.length === 0) return;
  const pids = sessions.map(({ pid }) => pid);
  await database.query(END, [pids]).catch(async () => {
    for (const pid of pids) await database.query(END, [[pid]]).catch(() => undefined);
  });
}

function stubborn({ place }: Database, sessions: readonly Session[]): OutgrowError {
  return new OutgrowError(
    "blocked",
    `Writes to ${place} cannot be stopped: ${sessions.length} sessions come back or will not end (${listOf(sessions)}).`,
    {
      hint: "End what opens them, and run it again. Until then writes are open, and the application was told nothing.",
    },
  );
}

function listOf(sessions: readonly Session[]): string {
  const texts = sessions.map(({ pid, user, application, kind }) =>
    [`pid ${pid}`, user === null ? kind : `role ${user}`, application]
      .filter((part) => part !== "")
      .join(", "),
  );
  return texts.join("; ");
}
