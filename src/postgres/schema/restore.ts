import { allEnded } from "../allEnded.ts";
import { type Database, despiteDeadlocks, inTransaction } from "../database.ts";
import { stateOf, uniqueOf } from "../refusal.ts";
import { type DumpEntry, inParts } from "./dump.ts";

/** Entries without which a table's changes cannot be applied: its primary key, or the index that stands in for it. */
export function isKey({ kind, sql }: DumpEntry): boolean {
  return (
    (kind === "CONSTRAINT" && /\bPRIMARY KEY\b/.test(sql)) || /\bREPLICA IDENTITY USING INDEX\b/.test(sql)
  );
}

/** Whether a key is that of a table, named as pg_dump writes it. */
export function isOfTable({ sql }: DumpEntry, written: string): boolean {
  return sql.startsWith(`ALTER TABLE ONLY ${written}\n`) || sql.includes(` ON ${written} USING `);
}

/** Whether it describes columns of a table or view, named as pg_dump writes it. */
export function isStatisticsOf({ kind, sql }: DumpEntry, written: string): boolean {
  return kind === "STATISTICS" && sql.endsWith(` FROM ${written};`);
}

/** The server makes one transaction of each part, and has no room for the locks of thousands of tables, their sequences and the like. */
const ENTRIES_A_PART = 200;

/** Restores what comes before the rows. */
export async function restoreBefore(target: Database, sql: string): Promise<void> {
  for (const part of inParts(sql, ENTRIES_A_PART)) await target.script(part);
  // pg_dump sets the search path for itself; what follows must find ours again.
  await target.script("set search_path = ''; set row_security = off; set client_min_messages = 'warning'");
}

/** SQLSTATEs of a thing that is there already: it was restored before an interruption. The schema is compared in the end. */
const THERE_ALREADY = new Set(["42P07", "42710", "42P16", "42701", "42723"]);

/** Restores entries in their order; each is all or nothing. `tell` hears of each that is done. */
export async function restoreEntries(
  target: Database,
  entries: readonly DumpEntry[],
  tell: (done: number) => void = () => undefined,
): Promise<void> {
  for (const [index, entry] of entries.entries()) {
    await restoreEntry(target, entry);
    tell(index + 1);
  }
}

export async function restoreEntry(target: Database, entry: DumpEntry): Promise<void> {
  try {
    // A foreign key locks two tables, and rows may come in meanwhile.
    await despiteDeadlocks(() => inTransaction(target, () => target.script(entry.sql)));
  } catch (error) {
    // Somebody was at it, left by an attempt that died, and is done: now it is there.
    if (uniqueOf(error) === "pg_class_relname_nsp_index") return await restoreEntry(target, entry);
    if (!THERE_ALREADY.has(stateOf(error) ?? "")) throw error;
  }
}

/** Statistics of a table, named as pg_dump writes it; no dump has them. */
export function statisticsOf(written: string): DumpEntry {
  return { kind: "ANALYZE", name: written, sql: `analyze ${written}` };
}

/** Entries that need no other of their kind: they are made side by side. */
export function isIndex({ kind }: DumpEntry): boolean {
  return kind === "INDEX" || kind === "CONSTRAINT";
}

/** What the planner shall know of columns together: the server gathers it with a table's statistics, so it must be there by then. */
export function isStatistics({ kind }: DumpEntry): boolean {
  return kind === "STATISTICS";
}

/**
 * Where indexes are made side by side, helpers for each of them gain nothing: they share its memory, and a sort that would
 * fit into it goes to disk. https://www.postgresql.org/docs/current/runtime-config-resource.html#GUC-MAX-PARALLEL-MAINTENANCE-WORKERS
 */
export async function buildUnaided(session: Database): Promise<void> {
  await session.script("set max_parallel_maintenance_workers = 0");
}

/** What is done on whichever session is free. */
export type Deed = (session: Database) => Promise<void>;

/** Runs deeds on several sessions at once, each session taking the next one. The first failure ends all when their deed at hand is done. */
export async function sideBySide(sessions: readonly Database[], deeds: readonly Deed[]): Promise<void> {
  const left = [...deeds];
  const work = async (session: Database) => {
    for (let deed = left.shift(); deed !== undefined; deed = left.shift()) {
      await deed(session).catch((error: unknown) => {
        left.length = 0;
        throw error;
      });
    }
  };
  await allEnded(sessions.map(work));
}
