import { DatabaseSync } from "node:sqlite";
import { OutgrowError } from "../model/error.ts";
import type { ClusterIdentity, Journal, JournalEntry } from "../model/journal.ts";
import { JOURNAL_VERSION } from "../model/journal.ts";
import type { Plan } from "../model/plan.ts";
import { brokenAt, chained, type EntryDraft } from "./chain.ts";
import { APPLICATION_ID, SCHEMA, SCHEMA_VERSION } from "./journalSchema.ts";

/** The journal of one cluster in one file. What a call has returned from is on the disk. */
export interface JournalStore extends Disposable {
  readonly file: string;
  read(): Journal;
  /** Keeps a plan, once. */
  addPlan(plan: Plan): void;
  append(draft: EntryDraft): JournalEntry;
  /** Takes over entries that were written elsewhere; they must follow the last one here. */
  extend(journal: Journal): void;
}

/** Opens it, and makes it where there is none. Throws `journal`, with what to do. */
export function openJournal(file: string, cluster: ClusterIdentity): JournalStore {
  const database = guarded(file, "opened", () => open(file, cluster));
  const store: JournalStore = {
    file,
    read: () => guarded(file, "read", () => readJournal(database, file)),
    addPlan: (plan) => guarded(file, "written", () => insertPlan(database, plan)),
    append: (draft) => guarded(file, "written", () => appendEntry(database, draft)),
    extend: (journal) => guarded(file, "written", () => extendBy(database, journal)),
    [Symbol.dispose]: () => database.close(),
  };
  try {
    refuseOthers(store.read(), cluster, file);
    return store;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Opens one that is there, whoever's it is: when the cluster cannot be asked who it is. Throws `journal` where there is none. */
export function openOwnJournal(file: string): JournalStore {
  const cluster = guarded(file, "opened", () => {
    const database = new DatabaseSync(file, { readOnly: true });
    try {
      checkVersion(database, file);
      return readJournal(database, file).cluster;
    } finally {
      database.close();
    }
  });
  return openJournal(file, cluster);
}

const BUSY_MS = 5_000;

function open(file: string, cluster: ClusterIdentity): DatabaseSync {
  const database = new DatabaseSync(file, { timeout: BUSY_MS });
  try {
    // EXTRA also syncs the folder: https://www.sqlite.org/pragma.html#pragma_synchronous
    database.exec("PRAGMA journal_mode = DELETE; PRAGMA synchronous = EXTRA;");
    transaction(database, () => {
      if (versionOf(database, "application_id") === 0 && isEmpty(database)) create(database, cluster);
    });
    checkVersion(database, file);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function create(database: DatabaseSync, { name, uid }: ClusterIdentity): void {
  database.exec(SCHEMA);
  database.prepare("INSERT INTO cluster VALUES (?, ?)").run(name, uid);
}

function isEmpty(database: DatabaseSync): boolean {
  return database.prepare("SELECT 1 FROM sqlite_schema").get() === undefined;
}

function versionOf(database: DatabaseSync, pragma: "application_id" | "user_version"): number {
  return Number(database.prepare(`PRAGMA ${pragma}`).get()?.[pragma]);
}

function checkVersion(database: DatabaseSync, file: string): void {
  if (versionOf(database, "application_id") !== APPLICATION_ID) {
    throw new OutgrowError("journal", `${file} is a database, but not a journal of outgrow.`, {
      hint: "Move it away, or run from another folder.",
    });
  }
  const version = versionOf(database, "user_version");
  if (version === SCHEMA_VERSION) return;
  throw new OutgrowError("journal", `${file} has version ${version}; this outgrow knows ${SCHEMA_VERSION}.`, {
    hint: "Go on with the outgrow that wrote it, or a newer one.",
  });
}

function refuseOthers(journal: Journal, cluster: ClusterIdentity, file: string): void {
  const broken = brokenAt(journal.entries);
  if (broken !== null) {
    throw new OutgrowError("journal", `${file} was changed: its entry ${broken} is not what was written.`, {
      hint: "Move it away: the copy in the cluster is taken instead.",
    });
  }
  if (journal.cluster.uid === cluster.uid) return;
  throw new OutgrowError(
    "journal",
    `${file} belongs to another cluster: ${journal.cluster.name} (${journal.cluster.uid}), not ${cluster.name} (${cluster.uid}).`,
    { hint: "Look at cluster.context in outgrow.yaml, or run from another folder." },
  );
}

function readJournal(database: DatabaseSync, file: string): Journal {
  const cluster = database.prepare("SELECT name, uid FROM cluster").get();
  if (cluster === undefined) throw new OutgrowError("journal", `${file} does not say whose journal it is.`);
  return {
    version: JOURNAL_VERSION,
    cluster: { name: String(cluster.name), uid: String(cluster.uid) },
    plans: parsed(database, "SELECT plan AS json FROM plans ORDER BY number"),
    entries: parsed(database, "SELECT entry AS json FROM entries ORDER BY number"),
  };
}

function parsed<T>(database: DatabaseSync, query: string): readonly T[] {
  return database
    .prepare(query)
    .all()
    .map(({ json }) => JSON.parse(String(json)) as T);
}

function insertPlan(database: DatabaseSync, plan: Plan): void {
  database
    .prepare("INSERT INTO plans (id, plan) VALUES (?, ?) ON CONFLICT (id) DO NOTHING")
    .run(plan.id, JSON.stringify(plan));
}

function appendEntry(database: DatabaseSync, draft: EntryDraft): JournalEntry {
  return transaction(database, () => {
    const last = lastEntry(database);
    const entry = chained(draft, last);
    insertEntry(database, entry);
    return entry;
  });
}

function lastEntry(database: DatabaseSync): JournalEntry | undefined {
  const [last] = parsed<JournalEntry>(
    database,
    "SELECT entry AS json FROM entries ORDER BY number DESC LIMIT 1",
  );
  return last;
}

function insertEntry(database: DatabaseSync, entry: JournalEntry): void {
  database.prepare("INSERT INTO entries VALUES (?, ?)").run(entry.number, JSON.stringify(entry));
}

function extendBy(database: DatabaseSync, { plans, entries }: Journal): void {
  transaction(database, () => {
    for (const plan of plans) insertPlan(database, plan);
    const known = lastEntry(database)?.number ?? 0;
    for (const entry of entries.slice(known)) insertEntry(database, entry);
  });
}

function transaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec("BEGIN IMMEDIATE");
  try {
    const result = work();
    database.exec("COMMIT");
    return result;
  } catch (error) {
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}

function guarded<T>(file: string, what: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (cause instanceof OutgrowError) throw cause;
    throw new OutgrowError("journal", `The journal ${file} cannot be ${what}: ${(cause as Error).message}.`, {
      hint: "Nothing was begun that is not written down. Make the file writable, with room on its disk, and run apply again.",
      cause,
    });
  }
}
