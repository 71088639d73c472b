import type { EpochMs } from "../../model/time.ts";
import { type Database, queryOne } from "../database.ts";
import { readOwnRow } from "../ownRow.ts";
import { quoteName, quoteText } from "../quote.ts";
import type { RunNames } from "../runNames.ts";

/**
 * Written on the target just before the decision, which falls on the source: should that be lost with what it decided, it is known
 * that everything had arrived, was proved, and by when. Stands until the decision is carried out, or the hold was let go of.
 */
export async function writeProof(
  target: Database,
  names: RunNames,
  { at, hold }: { readonly at: string; readonly hold: number },
): Promise<void> {
  const table = tableOf(names);
  await target.script(
    `drop table if exists ${table}; create table ${table} as select ${quoteText(at)}::timestamptz as proved_at, ${hold} as hold`,
  );
}

/** A time to be written later: a statement that is late on its way must not say that it was proved when it arrived. */
export async function clockOf(target: Database): Promise<string> {
  const { at } = await queryOne<{ at: string }>(target, "select clock_timestamp()::text as at");
  return at;
}

/** Before anything changes on the target again. Safe to repeat. */
export async function forgetProof(target: Database, names: RunNames): Promise<void> {
  await target.script(`drop table if exists ${tableOf(names)}`);
}

export interface Proof {
  /** By the target's clock. */
  readonly at: EpochMs;
  /** The number of the source's hold in which it was proved. */
  readonly hold: number;
}

/** `null`: it is not proved. */
export function readProof(target: Database, names: RunNames): Promise<Proof | null> {
  return readOwnRow(target, tableOf(names), "(extract(epoch from proved_at) * 1000)::float8 as at, hold");
}

function tableOf({ schema }: RunNames): string {
  return `${quoteName(schema)}.proof`;
}
