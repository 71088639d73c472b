import type { DumpEntry } from "../schema/dump.ts";
import { isKey, restoreEntry, statisticsOf } from "../schema/restore.ts";
import type { LateSessions } from "./lateSessions.ts";

/** One table and its keys and indexes. */
export interface TableEntries {
  /** As pg_dump writes its name. */
  readonly written: string;
  readonly entries: readonly DumpEntry[];
}

/**
 * The other indexes of tables whose keys are there, and their statistics, made where few other tables still come in, else
 * after all of them: beside as many copies as the server makes at once they would only slow both.
 */
export interface LateIndexes {
  /** The key of this one is there. */
  add(table: TableEntries): void;
  /** Takes up the next one, if no more than so many still come in. */
  look(comingIn: number): void;
  /** Begins nothing more. */
  handOver(): HandedOver;
}

export interface HandedOver {
  /** What is done or under way, as statements: nobody else need run them. */
  readonly begun: ReadonlySet<string>;
  /** Sessions that are still at the last of it. */
  readonly atWork: number;
}

/** Copies and what is made beside them; a server copies two tables at once where nobody told it to do more. */
const MOST_AT_WORK = 2;

export function createLateIndexes(sessions: LateSessions): LateIndexes {
  const keyed: TableEntries[] = [];
  const begun = new Set<string>();
  let atWork = 0;
  let isHandedOver = false;
  const complete = ({ written, entries }: TableEntries) => {
    atWork++;
    sessions.start(async (session) => {
      for (const entry of [...entries.filter((each) => !isKey(each)), statisticsOf(written)]) {
        if (isHandedOver) break;
        begun.add(entry.sql);
        await restoreEntry(session, entry);
      }
      atWork--;
    });
  };
  return {
    add(table) {
      keyed.push(table);
      for (const key of table.entries.filter(isKey)) begun.add(key.sql);
    },
    look(comingIn) {
      const next = comingIn > 0 && comingIn + atWork < MOST_AT_WORK ? keyed.shift() : undefined;
      if (next !== undefined) complete(next);
    },
    handOver() {
      isHandedOver = true;
      return { begun, atWork };
    },
  };
}
