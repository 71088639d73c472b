import { type Database, queryOne } from "../database.ts";
import { type QualifiedName, quoteQualified } from "../quote.ts";
import { type DumpEntry, dumpAfter } from "../schema/dump.ts";
import { buildUnaided, isIndex, isKey, isOfTable, restoreEntries, restoreEntry } from "../schema/restore.ts";
import { dumpProgram } from "./prepare.ts";
import { adminEndpoint, type OpenMove } from "./sides.ts";

/**
 * The keys of large tables, made when their rows are there: keeping an index in order row by row costs more.
 * A key is asked for while the rows come in. It waits for the lock of that copy and gets it when the copy is committed,
 * before the subscription takes it again to apply what was changed meanwhile, which needs the key.
 * A copy that breaks off leaves a key on an empty table: slower, and right.
 * Its other indexes and statistics follow while other tables still come in, unless enough are at work already.
 */
export interface LateKeys extends AsyncDisposable {
  /** Asks for the keys that may be asked for now. Throws what one of them failed with. */
  look(): Promise<void>;
  /** How many are waited for. */
  pending(): number;
}

export async function startLateKeys(move: OpenMove): Promise<LateKeys> {
  const lacking = await countWithoutKey(move);
  const all = lacking > 0 ? (await dumpAfter(dumpProgram(move))).filter(isIndex) : [];
  const written = await writtenNames(move.source);
  const builds = new Map<string, Promise<void>>();
  const running = new Set<Running>();
  const failures: unknown[] = [];
  return {
    async look() {
      for (const table of all.length === 0 ? [] : await comingIn(move)) {
        const name = quoteQualified(table);
        const entries = all.filter((entry) => isOfTable(entry, written.get(name) ?? name));
        if (builds.has(name) || !entries.some(isKey)) continue;
        const build = make(move, { name, entries, isAlone: lacking === 1 }, running);
        builds.set(
          name,
          build.catch((error: unknown) => void failures.push(error)),
        );
      }
      if (failures.length > 0) throw failures[0];
    },
    pending: () => running.size,
    async [Symbol.asyncDispose]() {
      await endAll(move.target, running);
      await Promise.all(builds.values());
    },
  };
}

/** One table and its keys and indexes. */
interface Work {
  readonly name: string;
  readonly entries: readonly DumpEntry[];
  /** No other large table is copied beside it. */
  readonly isAlone: boolean;
}

/** A session for one table; its process is unknown until it has answered. */
interface Running {
  pid: number | null;
  /** Before it has its key it may do no more than wait. */
  hasKey: boolean;
}

/** So many at work leave a small server some room for the copies. */
const MOST_AT_WORK = 2;

async function make(
  { order }: OpenMove,
  { name, entries, isAlone }: Work,
  running: Set<Running>,
): Promise<void> {
  const own: Running = { pid: null, hasKey: false };
  running.add(own);
  try {
    await using session = await order.connect(adminEndpoint(order.target, order.database));
    own.pid = (await queryOne<{ pid: number }>(session, "select pg_backend_pid() as pid")).pid;
    if (!isAlone) await buildUnaided(session);
    if (running.has(own)) await restoreEntries(session, entries.filter(isKey));
    own.hasKey = true;
    for (const entry of entries.filter((each) => !isKey(each))) {
      if (!running.has(own) || [...running].filter(({ hasKey }) => hasKey).length > MOST_AT_WORK) return;
      await restoreEntry(session, entry);
    }
    if (running.has(own)) await session.script(`analyze ${name}`);
  } finally {
    running.delete(own);
  }
}

/** Whoever waits for a lock does not notice that nobody waits for it. */
async function endAll(target: Database, running: Set<Running>): Promise<void> {
  for (const own of running) {
    running.delete(own);
    if (own.pid === null) continue;
    await target.query("select pg_terminate_backend($1)", [own.pid]).catch(() => undefined);
  }
}

const WITHOUT_KEY = `
select n.nspname as schema, c.relname as name
  from pg_subscription_rel r join pg_class c on c.oid = r.srrelid join pg_namespace n on n.oid = c.relnamespace
 where r.srsubid in (select subid from pg_stat_subscription where subname = $1)
   and not exists (select from pg_index i where i.indrelid = c.oid and (i.indisprimary or i.indisreplident))`;

async function countWithoutKey({ names, target }: OpenMove): Promise<number> {
  return (await target.query(WITHOUT_KEY, [names.forward])).length;
}

/** Tables without a key whose rows are being copied, so that their lock is taken, or are there. */
async function comingIn({ names, target }: OpenMove): Promise<readonly QualifiedName[]> {
  return target.query<QualifiedName>(
    `${WITHOUT_KEY} and (r.srsubstate not in ('i', 'd') or exists (select from pg_stat_progress_copy p where p.relid = c.oid))`,
    [names.forward],
  );
}

/** Tables' names as pg_dump of this server writes them: quoted only where they must be. */
export async function writtenNames(source: Database): Promise<ReadonlyMap<string, string>> {
  const rows = await source.query<QualifiedName & { written: string }>(
    `select n.nspname as schema, c.relname as name, format('%I.%I', n.nspname, c.relname) as written
       from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind = 'r'`,
  );
  return new Map(rows.map((row) => [quoteQualified(row), row.written]));
}
