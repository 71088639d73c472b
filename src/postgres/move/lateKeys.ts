import type { Database } from "../database.ts";
import { type QualifiedName, quoteQualified } from "../quote.ts";
import { type DumpEntry, dumpAfter } from "../schema/dump.ts";
import { isIndex, isKey, isOfTable, restoreEntries, restoreEntry } from "../schema/restore.ts";
import { createLateSessions } from "./lateSessions.ts";
import { dumpProgram } from "./prepare.ts";
import type { OpenMove } from "./sides.ts";

/**
 * The keys of large tables, made when their rows are there: keeping an index in order row by row costs more.
 * A key is asked for while the rows come in. It waits for the lock of that copy and gets it when the copy is committed,
 * before the subscription takes it again to apply what was changed meanwhile, which needs the key.
 * A copy that breaks off leaves a key on an empty table: slower, and right.
 * Its other indexes and statistics are made where few other tables still come in, else after all of them: beside as many
 * copies as the server makes at once they would only slow both.
 */
export interface LateKeys extends AsyncDisposable {
  /** Asks for what may be asked for now, given how many copies are under way. Throws what one of them failed with. */
  look(copiesUnderWay: number): Promise<void>;
  /** How many are waited for. */
  pending(): number;
}

/** Copies and what is made of other tables beside them; a server copies two at once where nobody told it to do more. */
const MOST_AT_WORK = 2;

export async function startLateKeys(move: OpenMove): Promise<LateKeys> {
  const lacking = await countWithoutKey(move);
  const all = lacking > 0 ? (await dumpAfter(dumpProgram(move))).filter(isIndex) : [];
  const written = await writtenNames(move.source);
  const sessions = createLateSessions(move, lacking === 1);
  const asked = new Set<string>();
  const keyed: Work[] = [];
  let copies = 0;
  let completing = 0;
  const ask = (work: Work) =>
    sessions.start(async (session) => {
      await restoreEntries(session, work.entries.filter(isKey));
      keyed.push(work);
    });
  const complete = ({ name, entries }: Work) => {
    completing++;
    sessions.start(async (session) => {
      const indexes = entries.filter((each) => !isKey(each)).map((each) => () => restoreEntry(session, each));
      // When all rows are there more sessions do the rest.
      for (const deed of [...indexes, () => session.script(`analyze ${name}`)]) if (copies > 0) await deed();
      completing--;
    });
  };
  return {
    async look(copiesUnderWay) {
      copies = copiesUnderWay;
      for (const table of all.length === 0 ? [] : await comingIn(move)) {
        const name = quoteQualified(table);
        const entries = all.filter((entry) => isOfTable(entry, written.get(name) ?? name));
        if (asked.has(name) || !entries.some(isKey)) continue;
        asked.add(name);
        ask({ name, entries });
      }
      const next = copies > 0 && copies + completing < MOST_AT_WORK ? keyed.shift() : undefined;
      if (next !== undefined) complete(next);
      sessions.assertWell();
    },
    pending: sessions.pending,
    [Symbol.asyncDispose]: () => sessions[Symbol.asyncDispose](),
  };
}

/** One table and its keys and indexes. */
interface Work {
  readonly name: string;
  readonly entries: readonly DumpEntry[];
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
