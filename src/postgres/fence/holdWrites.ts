import { OutgrowError } from "../../model/error.ts";
import { type Database, queryOne } from "../database.ts";
import { quoteName } from "../quote.ts";
import type { RunNames } from "../runNames.ts";
import { readRecord } from "./record.ts";
import { endSessions } from "./sessions.ts";

/** Shuts every role out, ends every session, and comes back when nobody is left who could write. */
export async function holdWrites(database: Database, names: RunNames): Promise<number> {
  const hold = await shutOut(database, names);
  await endSessions(database, names);
  return hold;
}

/** One transaction: whoever dies, either all roles may log in or none may, and the record says which. */
async function shutOut(database: Database, names: RunNames): Promise<number> {
  const { hold } = await queryOne<{ hold: number | null }>(
    database,
    `select ${quoteName(names.schema)}.hold() as hold`,
  );
  if (hold !== null) return hold;
  const record = await readRecord(database, names);
  throw new OutgrowError(
    "blocked",
    `Writes to ${database.place} are ${record?.writes ?? "unknown"}, not open.`,
    {
      hint: "Another run is at work on this database, or one was interrupted: wait for it, or continue it.",
    },
  );
}

/** Gives every role its log-in back, if this hold still stands. `false`: somebody else decided. */
export async function letGo(database: Database, names: RunNames, hold: number | null): Promise<boolean> {
  return decide(database, names, "let_go($1)", [hold]);
}

/** The decision: from here on the other side is the one that serves. `false`: the time limit was quicker. */
export async function closeWrites(database: Database, names: RunNames, hold: number): Promise<boolean> {
  return decide(database, names, "close($1)", [hold]);
}

/** Opens a closed side. `false`: it was not closed. */
export async function openWrites(database: Database, names: RunNames): Promise<boolean> {
  return decide(database, names, "reopen()", []);
}

async function decide(
  database: Database,
  { schema }: RunNames,
  call: string,
  values: readonly unknown[],
): Promise<boolean> {
  const { done } = await queryOne<{ done: boolean }>(
    database,
    `select ${quoteName(schema)}.${call} as done`,
    values,
  );
  return done;
}
