import { setTimeout as sleep } from "node:timers/promises";
import type { Millis } from "../../model/time.ts";
import type { Database } from "../database.ts";
import { type QualifiedName, quoteQualified } from "../quote.ts";
import { dumpAfter } from "../schema/dump.ts";
import { isIndex, isKey, isOfTable, restoreEntries } from "../schema/restore.ts";
import { createLateIndexes, type HandedOver, type TableEntries } from "./lateIndexes.ts";
import { createLateSessions } from "./lateSessions.ts";
import { dumpProgram } from "./prepare.ts";
import type { OpenMove } from "./sides.ts";

/**
 * The keys of large tables, made when their rows are there: keeping an index in order row by row costs more.
 * A key is asked for while the rows come in. It waits for the lock of that copy and gets it when the copy is committed,
 * before the subscription takes it again to apply what was changed meanwhile, which needs the key.
 * A copy that breaks off leaves a key on an empty table: slower, and right.
 */
export interface LateKeys extends AsyncDisposable {
  /** Asks for what may be asked for now, given how many copies are under way. Throws what one of them failed with. */
  look(copiesUnderWay: number): Promise<void>;
  /** How many are waited for. */
  pending(): number;
  /** Comes back after so long, or when a key is made: the next one to look should not come late to it. */
  rest(ms: Millis): Promise<void>;
  /** Nothing more is begun. */
  handOver(): HandedOver;
  /** When that is done. Throws what one of them failed with. */
  ended(): Promise<void>;
}

/** Sessions for tables that came in while nobody looked: overnight these may be hundreds. */
const MOST_MISSED = 2;

export async function startLateKeys(move: OpenMove): Promise<LateKeys> {
  const lacking = await countWithoutKey(move);
  const all = lacking > 0 ? (await dumpAfter(dumpProgram(move))).filter(isIndex) : [];
  const written = await writtenNames(move.source);
  const sessions = createLateSessions(move, lacking === 1);
  const indexes = createLateIndexes(sessions);
  const asked = new Set<string>();
  let pending = 0;
  let resting = new AbortController();
  const ask = (table: TableEntries) => {
    asked.add(table.written);
    pending++;
    sessions.start(async (session) => {
      await restoreEntries(session, table.entries.filter(isKey));
      pending--;
      indexes.add(table);
      resting.abort();
    });
  };
  return {
    async look(copiesUnderWay) {
      for (const { isCopied, ...table } of all.length === 0 ? [] : await comingIn(move)) {
        const name = written.get(quoteQualified(table)) ?? quoteQualified(table);
        // Those that come in are as many as the server takes at once. Those that came in while nobody looked take turns.
        if (asked.has(name) || (isCopied && pending >= MOST_MISSED)) continue;
        const entries = all.filter((entry) => isOfTable(entry, name));
        if (entries.some(isKey)) ask({ written: name, entries });
      }
      // A table comes in until its key is there.
      indexes.look(Math.max(copiesUnderWay, pending));
      sessions.assertWell();
    },
    pending: () => pending,
    async rest(ms) {
      await sleep(ms, undefined, { signal: resting.signal }).catch(() => undefined);
      if (resting.signal.aborted) resting = new AbortController();
    },
    handOver: indexes.handOver,
    ended: sessions.ended,
    [Symbol.asyncDispose]: () => sessions[Symbol.asyncDispose](),
  };
}

const WITHOUT_KEY = `
select n.nspname as schema, c.relname as name, r.srsubstate not in ('i', 'd') as "isCopied",
    exists (select from pg_stat_progress_copy p where p.relid = c.oid) as "isCopying"
  from pg_subscription_rel r join pg_class c on c.oid = r.srrelid join pg_namespace n on n.oid = c.relnamespace
 where r.srsubid in (select subid from pg_stat_subscription where subname = $1)
   and not exists (select from pg_index i where i.indrelid = c.oid and (i.indisprimary or i.indisreplident))`;

async function countWithoutKey({ names, target }: OpenMove): Promise<number> {
  return (await target.query(WITHOUT_KEY, [names.forward])).length;
}

/** Tables without a key whose rows are being copied, so that their lock is taken, or are there. */
async function comingIn({
  names,
  target,
}: OpenMove): Promise<readonly (QualifiedName & { readonly isCopied: boolean })[]> {
  return target.query(`select * from (${WITHOUT_KEY}) lacking where "isCopied" or "isCopying"`, [
    names.forward,
  ]);
}

/** Tables' names as pg_dump of this server writes them: quoted only where they must be. */
export async function writtenNames(source: Database): Promise<ReadonlyMap<string, string>> {
  const rows = await source.query<QualifiedName & { written: string }>(
    `select n.nspname as schema, c.relname as name, format('%I.%I', n.nspname, c.relname) as written
       from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind = 'r'`,
  );
  return new Map(rows.map((row) => [quoteQualified(row), row.written]));
}
