import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { tempFolder } from "../../lab/temp.ts";
import { OutgrowError } from "../model/error.ts";
import type { Journal } from "../model/journal.ts";
import type { Plan } from "../model/plan.ts";
import { Secret } from "../model/secret.ts";
import { openAdopted } from "./adopt.ts";
import type { EntryDraft } from "./chain.ts";
import { type JournalStore, openJournal } from "./journalStore.ts";
import { packJournal, unpackJournal } from "./journalText.ts";

const CLUSTER = { name: "glaze", uid: "uid-1" };
const PLAN = { version: 1, id: "plan-1", steps: [] } as unknown as Plan;

function draft(stepId: string, event: EntryDraft["event"] = { kind: "started", before: {} }): EntryDraft {
  return { at: "2026-11-23T19:32:00Z", run: { id: "r", fence: 1 }, planId: "plan-1", stepId, event };
}

function fileIn({ path }: { readonly path: string }): string {
  return join(path, "glaze.journal");
}

function written(file: string, stepIds: readonly string[]): JournalStore {
  const store = openJournal(file, CLUSTER);
  store.addPlan(PLAN);
  for (const id of stepIds) store.append(draft(id));
  return store;
}

function failsWith(message: RegExp): (error: unknown) => boolean {
  return (error) =>
    error instanceof OutgrowError &&
    error.code === "journal" &&
    message.test(error.message) &&
    error.hint !== undefined;
}

test("what is written is read again, by another process too", () => {
  using folder = tempFolder("journal");
  written(fileIn(folder), ["one", "two"])[Symbol.dispose]();
  using store = openJournal(fileIn(folder), CLUSTER);
  const journal = store.read();
  assert.deepEqual(journal.plans, [PLAN]);
  assert.deepEqual(
    journal.entries.map(({ number, stepId }) => [number, stepId]),
    [
      [1, "one"],
      [2, "two"],
    ],
  );
});

test("it only grows: SQLite itself refuses anything else", () => {
  using folder = tempFolder("journal");
  written(fileIn(folder), ["one"])[Symbol.dispose]();
  using database = openDatabase(fileIn(folder));
  for (const table of ["entries", "plans"]) {
    assert.throws(() => database.exec(`DELETE FROM ${table}`), /a journal only grows/);
    assert.throws(() => database.exec(`UPDATE ${table} SET number = 7`), /a journal only grows/);
  }
});

function openDatabase(file: string): DatabaseSync & Disposable {
  return new DatabaseSync(file) as DatabaseSync & Disposable;
}

test("an entry that was changed past outgrow is noticed", () => {
  using folder = tempFolder("journal");
  written(fileIn(folder), ["one", "two"])[Symbol.dispose]();
  const database = openDatabase(fileIn(folder));
  database.exec("DROP TRIGGER entries_stay");
  database.exec(`UPDATE entries SET entry = replace(entry, '"two"', '"six"')`);
  database.close();
  assert.throws(() => openJournal(fileIn(folder), CLUSTER), failsWith(/its entry 2 is not what was written/));
});

test("what is no journal of this cluster and this version is refused, and left as it is", () => {
  using folder = tempFolder("journal");
  const file = fileIn(folder);
  written(file, ["one"])[Symbol.dispose]();
  assert.throws(
    () => openJournal(file, { name: "shop", uid: "uid-2" }),
    failsWith(/belongs to another cluster: glaze \(uid-1\)/),
  );
  const newer = openDatabase(file);
  newer.exec("PRAGMA user_version = 2");
  newer.close();
  assert.throws(() => openJournal(file, CLUSTER), failsWith(/has version 2; this outgrow knows 1/));
  const text = join(folder.path, "text");
  writeFileSync(text, "no database at all, but long enough to look at it".repeat(40));
  assert.throws(() => openJournal(text, CLUSTER), failsWith(/cannot be opened: file is not a database/));
  const other = join(folder.path, "other");
  const database = openDatabase(other);
  database.exec("CREATE TABLE t (a)");
  database.close();
  assert.throws(() => openJournal(other, CLUSTER), failsWith(/is a database, but not a journal of outgrow/));
});

test("a journal that cannot be written says so", () => {
  using folder = tempFolder("journal");
  using store = written(fileIn(folder), ["one"]);
  using other = openDatabase(fileIn(folder));
  other.exec("BEGIN EXCLUSIVE");
  assert.throws(() => store.append(draft("two")), failsWith(/cannot be written: database is locked/));
  other.exec("ROLLBACK");
  assert.equal(store.append(draft("two")).number, 2);
  assert.throws(() => openJournal(join(folder.path, "none", "x"), CLUSTER), failsWith(/cannot be opened/));
});

test("a secret that strays into the journal is redacted on its way", () => {
  using folder = tempFolder("journal");
  using store = openJournal(fileIn(folder), CLUSTER);
  store.append(draft("one", { kind: "started", before: { password: new Secret("s3cr3t") } }));
  assert.ok(!JSON.stringify(store.read()).includes("s3cr3t"));
  assert.deepEqual(store.read().entries[0]?.event, { kind: "started", before: { password: "[redacted]" } });
});

test("packed in parts it is the same, and a part that was changed is noticed", () => {
  using folder = tempFolder("journal");
  using store = written(fileIn(folder), ["one", "two", "three"]);
  const journal = store.read();
  const parts = packJournal(journal, 100);
  assert.ok(parts.length > 3);
  assert.deepEqual(unpackJournal(parts, "it"), journal);
  assert.throws(() => unpackJournal(parts.slice(1), "it"), failsWith(/^it cannot be read/));
  const edited: Journal = {
    ...journal,
    entries: journal.entries.map((entry) => (entry.number === 2 ? { ...entry, stepId: "six" } : entry)),
  };
  assert.throws(
    () => unpackJournal(packJournal(edited, 100), "it"),
    failsWith(/entry 2 is not what was written/),
  );
});

test("the file is brought to the story of the cluster, and kept aside where it told another", () => {
  using here = tempFolder("journal");
  using there = tempFolder("journal");
  using far = written(fileIn(there), ["one", "two"]);
  const copy = far.read();
  using fresh = openAdopted(fileIn(here), CLUSTER, copy).store;
  assert.deepEqual(fresh.read(), copy);
  fresh.append(draft("here"));
  far.append(draft("there"));
  assert.equal(openedWith(fileIn(here), copy).note, null, "a file that tells more is right");
  const { store, note } = openedWith(fileIn(here), far.read());
  assert.deepEqual(store.entries, far.read().entries);
  assert.match(note ?? "", /^The cluster tells another story than .*: its copy \(3 entries/);
  assert.equal(readdirSync(here.path).filter((name) => name.endsWith(".aside")).length, 1);
});

function openedWith(file: string, copy: Journal): { readonly store: Journal; readonly note: string | null } {
  const { store, note } = openAdopted(file, CLUSTER, copy);
  using open = store;
  return { store: open.read(), note };
}

test("a disk that is full, or may only be read, is told; what was written stays", () => {
  using disk = smallDisk();
  const file = fileIn(disk);
  const store = written(file, ["one"]);
  const large = draft("large", { kind: "started", before: "x".repeat(16_000) });
  const full = failsWith(/cannot be written: database or disk is full/);
  assert.throws(() => Array.from({ length: 64 }, () => store.append(large)), full);
  const count = store.read().entries.length;
  assert.ok(count > 1, "some of them had room");
  store[Symbol.dispose]();
  disk.remount("ro");
  const readonly = openJournal(file, CLUSTER);
  assert.throws(
    () => readonly.append(draft("two")),
    failsWith(/cannot be written: attempt to write a readonly/),
  );
  readonly[Symbol.dispose]();
  assert.throws(() => openJournal(join(disk.path, "other"), CLUSTER), failsWith(/cannot be opened/));
  disk.remount("rw");
  using again = openJournal(file, CLUSTER);
  assert.equal(again.read().entries.length, count);
});

interface Disk extends Disposable {
  readonly path: string;
  remount(option: string): void;
}

/** A real file system of 256 KiB. */
function smallDisk(): Disk {
  const { path, ...folder } = tempFolder("disk");
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=256k", "outgrow-disk", path]);
  return {
    path,
    remount: (option) => void execFileSync("mount", ["-o", `remount,${option}`, path]),
    [Symbol.dispose]: () => {
      execFileSync("umount", ["--lazy", path]);
      folder[Symbol.dispose]();
    },
  };
}
