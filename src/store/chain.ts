import { canonicalJson } from "../model/canonical.ts";
import type { Journal, JournalEntry } from "../model/journal.ts";
import { sha256 } from "./hash.ts";

/** An entry that has no place in a journal yet. */
export type EntryDraft = Omit<JournalEntry, "number" | "hash">;

/** Puts an entry behind the last one: its number follows, and its hash covers all that was before. */
export function chained(draft: EntryDraft, last: JournalEntry | undefined): JournalEntry {
  const numbered = { ...plain(draft), number: (last?.number ?? 0) + 1 };
  return { ...numbered, hash: sha256(`${last?.hash ?? ""}\n${canonicalJson(numbered)}`) };
}

/** What JSON keeps of it: the hash is over what can be read back. */
function plain(draft: EntryDraft): EntryDraft {
  return JSON.parse(JSON.stringify(draft)) as EntryDraft;
}

/** The number of the first entry that is not what was written, or `null`. */
export function brokenAt(entries: readonly JournalEntry[]): number | null {
  for (const [index, entry] of entries.entries()) {
    const { number: _number, hash: _hash, ...draft } = entry;
    if (chained(draft, entries[index - 1]).hash !== entry.hash) return entry.number ?? index + 1;
  }
  return null;
}

/** How one journal stands to another of the same cluster. */
export type Relation = "same" | "ahead" | "behind" | "apart";

/** `ahead`: `a` tells all that `b` tells, and goes on. `apart`: each tells something the other does not. */
export function relationOf(a: Journal, b: Journal): Relation {
  const shorter = Math.min(a.entries.length, b.entries.length);
  if (shorter > 0 && a.entries[shorter - 1]?.hash !== b.entries[shorter - 1]?.hash) return "apart";
  if (a.entries.length === b.entries.length) return "same";
  return a.entries.length > b.entries.length ? "ahead" : "behind";
}
