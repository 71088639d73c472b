import { gunzipSync, gzipSync } from "node:zlib";
import { OutgrowError } from "../model/error.ts";
import { JOURNAL_VERSION, type Journal } from "../model/journal.ts";
import { brokenAt } from "./chain.ts";

/** A whole journal as text small enough to be carried: compressed, in base64, in parts. */
export function packJournal(journal: Journal, partLength: number): readonly string[] {
  const text = gzipSync(JSON.stringify(journal)).toString("base64");
  const count = Math.ceil(text.length / partLength);
  return Array.from({ length: count }, (_, index) =>
    text.slice(index * partLength, (index + 1) * partLength),
  );
}

/** Throws `journal` for what cannot be read, is of another version, or was changed. `place` names it. */
export function unpackJournal(parts: readonly string[], place: string): Journal {
  const journal = parse(parts, place);
  if (journal.version !== JOURNAL_VERSION) {
    throw new OutgrowError(
      "journal",
      `${place} has version ${String(journal.version)}; this outgrow knows ${JOURNAL_VERSION}.`,
      { hint: "Go on with the outgrow that wrote it, or a newer one." },
    );
  }
  const broken = brokenAt(journal.entries);
  if (broken === null) return journal;
  throw new OutgrowError("journal", `${place} was changed: its entry ${broken} is not what was written.`, {
    hint: "Go on from the folder that holds the journal's file, or remove the Secret and make a new plan.",
  });
}

function parse(parts: readonly string[], place: string): Journal {
  try {
    return JSON.parse(gunzipSync(Buffer.from(parts.join(""), "base64")).toString()) as Journal;
  } catch (cause) {
    throw new OutgrowError("journal", `${place} cannot be read: ${(cause as Error).message}.`, {
      hint: "Go on from the folder that holds the journal's file, or remove the Secret and make a new plan.",
      cause,
    });
  }
}
