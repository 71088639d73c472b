import { setTimeout as sleep } from "node:timers/promises";
import { OutgrowError } from "../../model/error.ts";
import type { Millis } from "../../model/time.ts";
import type { Database } from "../database.ts";
import { quoteName } from "../quote.ts";
import type { RunNames } from "../runNames.ts";

const PAUSE_MS = 10;

/**
 * Writes a row on one side and waits for it on the other. A subscription applies commits in their order, so
 * everything committed before has arrived too. Figures of lag do not prove that: they read 0 while rows are missing.
 */
export async function proveArrival(
  from: Database,
  to: Database,
  names: RunNames,
  nonce: string,
  patienceMs: Millis,
): Promise<void> {
  await writeMarker(from, names, nonce);
  const deadline = Date.now() + patienceMs;
  while ((await readMarker(to, names)) !== nonce) {
    if (Date.now() > deadline) throw late(from, to, patienceMs);
    await sleep(PAUSE_MS);
  }
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
