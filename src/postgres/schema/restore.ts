import { type Database, inTransaction } from "../database.ts";
import { stateOf } from "../refusal.ts";
import type { DumpEntry } from "./dump.ts";

/** Entries without which a table's changes cannot be applied: its primary key, or the index that stands in for it. */
export function isKey({ kind, sql }: DumpEntry): boolean {
  return (
    (kind === "CONSTRAINT" && /\bPRIMARY KEY\b/.test(sql)) || /\bREPLICA IDENTITY USING INDEX\b/.test(sql)
  );
}

/** Restores what comes before the rows; the server makes the whole text one transaction. */
export async function restoreBefore(target: Database, sql: string): Promise<void> {
  // pg_dump sets the search path for itself; what follows must find ours again.
  await target.script(sql);
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
  for (const [index, { sql }] of entries.entries()) {
    try {
      await inTransaction(target, () => target.script(sql));
    } catch (error) {
      if (!THERE_ALREADY.has(stateOf(error) ?? "")) throw error;
    }
    tell(index + 1);
  }
}
