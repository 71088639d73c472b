import { setTimeout as sleep } from "node:timers/promises";
import { OutgrowError } from "../../model/error.ts";
import type { Millis } from "../../model/time.ts";
import { type Database, queryOne } from "../database.ts";
import { quoteName } from "../quote.ts";
import type { RunNames } from "../runNames.ts";

const PAUSE_MS = 10;

/** A marker that takes so long may never come; then it is asked why, and again after twice the time. */
const DOUBT_MS = 2_000;

/** How long the marker may take: in all, or without the other side getting any further on its way to it. */
export type Patience = { readonly inAllMs: Millis } | { readonly standingMs: Millis };

/**
 * Writes a row on one side and waits for it on the other. A subscription applies commits in their order, so
 * everything committed before has arrived too. Figures of lag do not prove that: they read 0 while rows are missing.
 * `doubt` throws when it knows why the row cannot come.
 */
export async function proveArrival(
  from: Database,
  to: Database,
  names: RunNames,
  nonce: string,
  patience: Patience,
  doubt: () => Promise<void> = async () => undefined,
): Promise<void> {
  await writeMarker(from, names, nonce);
  const began = Date.now();
  let doubtAfterMs = DOUBT_MS;
  const patienceMs = "inAllMs" in patience ? patience.inAllMs : patience.standingMs;
  let deadline = Date.now() + patienceMs;
  let furthest = await readReceived(to);
  while ((await readMarker(to, names)) !== nonce) {
    if (Date.now() - began > doubtAfterMs) {
      await doubt();
      doubtAfterMs *= 2;
    }
    if (Date.now() > deadline) {
      const received = await readReceived(to);
      // Whoever fails and begins anew comes to where it was, and no further.
      if ("inAllMs" in patience || received <= furthest) throw late(from, to, patienceMs);
      furthest = received;
      deadline = Date.now() + patienceMs;
    }
    await sleep(PAUSE_MS);
  }
}

/** How far the subscriptions of the database have read, in bytes of the other side's log; 0: nobody reads. */
async function readReceived(to: Database): Promise<number> {
  const { bytes } = await queryOne<{ bytes: number }>(
    to,
    `select coalesce(max(s.received_lsn - '0/0'), 0)::float8 as bytes from pg_stat_subscription s
       join pg_subscription o on o.oid = s.subid join pg_database d on d.oid = o.subdbid
      where s.relid is null and d.datname = current_database()`,
  );
  return bytes;
}

async function writeMarker(database: Database, { schema }: RunNames, nonce: string): Promise<void> {
  await database.query(
    `insert into ${quoteName(schema)}.marker (nonce) values ($1) on conflict (one) do update set nonce = excluded.nonce`,
    [nonce],
  );
}

async function readMarker(database: Database, { schema }: RunNames): Promise<string | null> {
  const [row] = await database.query<{ nonce: string }>(`select nonce from ${quoteName(schema)}.marker`);
  return row?.nonce ?? null;
}

function late(from: Database, to: Database, patienceMs: Millis): OutgrowError {
  return new OutgrowError(
    "timeout",
    `A row written to ${from.place} did not arrive at ${to.place} within ${patienceMs / 1000} s.`,
    { hint: `${to.place} is too far behind, or its subscription has stopped: look at its log.` },
  );
}
