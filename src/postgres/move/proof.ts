import type { EpochMs } from "../../model/time.ts";
import type { Database } from "../database.ts";
import { quoteName } from "../quote.ts";
import type { RunNames } from "../runNames.ts";

/**
 * Written on the target just before the decision, which falls on the source: should that be lost with what it decided, it is known
 * that everything had arrived, was proved, and by when. Stands until the decision is carried out, or the hold was let go of.
 */
export async function writeProof(target: Database, names: RunNames): Promise<void> {
  const table = tableOf(names);
  await target.script(
    `drop table if exists ${table}; create table ${table} as select clock_timestamp() as proved_at`,
  );
}

/** Before anything changes on the target again. Safe to repeat. */
export async function forgetProof(target: Database, names: RunNames): Promise<void> {
  await target.script(`drop table if exists ${tableOf(names)}`);
}

/** When it was proved, by the target's clock; `null`: it is not. */
export async function readProof(target: Database, names: RunNames): Promise<EpochMs | null> {
  const [there] = await target.query<{ is: boolean }>("select to_regclass($1) is not null as is", [
    tableOf(names),
  ]);
  if (there?.is !== true) return null;
  const [row] = await target.query<{ at: EpochMs }>(
    `select (extract(epoch from proved_at) * 1000)::float8 as at from ${tableOf(names)}`,
  );
  return row?.at ?? null;
}

function tableOf({ schema }: RunNames): string {
  return `${quoteName(schema)}.proof`;
}
