import type { Millis } from "../../model/time.ts";
import type { Table } from "../catalog/tables.ts";
import type { Patience } from "../replication/marker.ts";
import { different, unknownTable } from "./difference.ts";
import { awaitArrival, compareOpen, type Follower, listTouched, type Stream } from "./follower.ts";
import { startSettling } from "./settling.ts";
import type { Difference } from "./someBuckets.ts";
import { compareRows } from "./someRows.ts";
import { compareTable } from "./wholeTable.ts";

/** While nobody waits for it: an hour's indexes or a nightly job's rows may be on the way. */
const UNHELD: Patience = { standingMs: 60_000 };

/** The slot keeps what was written until it is read, and with it the disk of a server that is in use. */
const SETTLE_EVERY_MS: Millis = 5_000;

/** So many keys that differ are kept until it is asked who touched them. */
const MOST_UNJUDGED = 10_000;

/** What goes on while whole tables are compared. */
export interface Meanwhile {
  /** The same two sides by sessions of their own, where what is touched is compared: so neither the slot nor the list grows with the time it takes. */
  readonly beside: Pick<Stream, "from" | "to">;
  readonly tell?: (done: number, all: number) => void;
  readonly everyMs?: Millis;
}

/** Compares everything. Throws `verify` for a row that differs and was not touched. */
export async function compareAll(follower: Follower, meanwhile: Meanwhile): Promise<void> {
  await awaitArrival(follower.stream, UNHELD);
  await compareWhole(follower, [...follower.tables.keys()], meanwhile);
}

export interface Round {
  /** How many rows had to be compared: so many will be touched again while as many are compared. */
  readonly touched: number;
  /** How many of them are left to prove. */
  readonly left: number;
}

/** Compares what was touched since. Throws as `compareAll` does. */
export async function compareRound(follower: Follower, meanwhile: Meanwhile): Promise<Round> {
  await listThenArrive(follower);
  const touched = countOpen(follower);
  await compareListed(follower);
  const whole = [...follower.open.keys()].filter((name) => follower.open.get(name) === "all");
  // What made them so has arrived; what comes is listed anew.
  for (const name of whole) follower.open.delete(name);
  if (whole.length > 0) await compareWhole(follower, whole, meanwhile);
  return { touched, left: countOpen(follower) };
}

function countOpen({ open, tables }: Follower): number {
  return [...open].reduce((sum, [name, keys]) => sum + rowsLeft(tables.get(name), keys), 0);
}

/** As a whole again counts every row: another round may name the few that are left. Without a key none can. */
function rowsLeft(table: Table | undefined, keys: ReadonlySet<string> | "all"): number {
  if (keys !== "all") return keys.size;
  return table === undefined || table.key === null ? 1 : Math.max(1, table.estimatedRows);
}

/** Whatever was listed of these tables before must have arrived. */
async function compareWhole(
  follower: Follower,
  names: readonly string[],
  { beside, tell, everyMs = SETTLE_EVERY_MS }: Meanwhile,
): Promise<void> {
  const { stream, tables, mostLookedAt } = follower;
  const other = { ...follower, stream: { ...stream, ...beside } };
  const settling = startSettling(everyMs, () => settle(other));
  try {
    const differing = new Map<string, Difference>();
    let unjudged = 0;
    for (const [index, name] of names.entries()) {
      const table = tables.get(name);
      if (table === undefined) throw unknownTable(name, stream.from);
      const found = await compareTable(stream.from, stream.to, table, mostLookedAt);
      if (found.keys.size > 0 || !found.isExact) differing.set(name, found);
      unjudged += found.keys.size;
      if (unjudged > MOST_UNJUDGED) {
        await settling.alone(() => judge(follower, differing));
        differing.clear();
        unjudged = 0;
      }
      tell?.(index + 1, names.length);
    }
    await settling.alone(() => judge(follower, differing));
  } finally {
    await settling.end();
  }
}

/** Compares the rows that were touched since; a table of which only the whole can be compared waits until all are. */
async function settle(follower: Follower): Promise<void> {
  await listThenArrive(follower);
  await compareListed(follower);
}

/** Whatever is listed has arrived. */
async function listThenArrive(follower: Follower): Promise<void> {
  await listTouched(follower);
  await awaitArrival(follower.stream, UNHELD);
}

/** Row by row, where rows are listed. */
async function compareListed(follower: Follower): Promise<void> {
  await compareOpen(
    follower,
    [...follower.open].filter(([, keys]) => keys !== "all"),
  );
}

/** Every row that differs must be among the touched ones. One that was touched and compared since is equal, or touched again. */
async function judge(follower: Follower, differing: ReadonlyMap<string, Difference>): Promise<void> {
  await arriveThenList(follower);
  const unlisted = new Map<string, Difference>();
  for (const [name, found] of differing) {
    const keys = await stillDiffering(follower, name, unlistedOf(follower, name, found.keys));
    if (keys.size > 0) unlisted.set(name, { ...found, keys });
  }
  if (unlisted.size > 0) await arriveThenList(follower);
  for (const [name, { keys, isExact }] of unlisted) {
    const wrong = unlistedOf(follower, name, keys);
    if (wrong.size > 0) throw different(follower.tables.get(name), wrong, isExact);
  }
  // One that differs in more rows than were looked at is judged later, as a whole.
  for (const [name, { isExact }] of differing) if (!isExact) follower.open.set(name, "all");
}

/** A commit that did not wait for the disk is seen by a reading before it is listed; one of ours waits, and for it too. */
async function arriveThenList(follower: Follower): Promise<void> {
  await awaitArrival(follower.stream, UNHELD);
  await listTouched(follower);
}

/** Of a table that was touched as a whole all rows are listed. */
function unlistedOf({ open }: Follower, name: string, keys: ReadonlySet<string>): ReadonlySet<string> {
  const touched = open.get(name);
  if (touched === "all") return new Set();
  return new Set([...keys].filter((key) => touched?.has(key) !== true));
}

async function stillDiffering(
  { stream, tables }: Follower,
  name: string,
  keys: ReadonlySet<string>,
): Promise<ReadonlySet<string>> {
  const table = tables.get(name);
  if (keys.size === 0 || table === undefined || table.key === null) return keys;
  return compareRows(stream.from, stream.to, table, keys);
}
