import { randomUUID } from "node:crypto";
import type { Millis } from "../../model/time.ts";
import type { Table } from "../catalog/tables.ts";
import type { Database } from "../database.ts";
import { quoteQualified } from "../quote.ts";
import { type Patience, proveArrival } from "../replication/marker.ts";
import { createSlot } from "../replication/slot.ts";
import type { RunNames } from "../runNames.ts";
import { broken, different, unknownTable } from "./difference.ts";
import { startSettling } from "./settling.ts";
import type { Difference } from "./someBuckets.ts";
import { compareRows } from "./someRows.ts";
import { readTouched, type SlotReading, type Touched } from "./touched.ts";
import { compareTable } from "./wholeTable.ts";

/** From which side to which the rows go, and under which publication. */
export interface Stream {
  readonly from: Database;
  readonly to: Database;
  readonly publication: string;
  readonly names: RunNames;
}

/**
 * Compares the two sides while rows still arrive. Why that can prove anything: a row that differs between a reading
 * here and one there was changed by a commit that only one of them has seen. A slot made before lists every changed row;
 * so a row that differs and is not listed is wrong, and one that is neither listed nor different stays proved.
 * What is listed is compared again, ever less of it, the last of it when writes are held.
 */
export interface Follower {
  readonly stream: Stream;
  /** By quoted name; only those whose rows are followed. */
  readonly tables: ReadonlyMap<string, Table>;
  /** What was touched and is not proved since. */
  readonly open: Touched;
}

/** While nobody waits for it: an hour's indexes or a nightly job's rows may be on the way. */
const UNHELD: Patience = { standingMs: 60_000 };

/** The slot keeps what was written until it is read, and with it the disk of a server that is in use. */
const SETTLE_EVERY_MS: Millis = 5_000;

/** Makes the slot; everything written from here on is listed. */
export async function startFollower(stream: Stream, tables: readonly Table[]): Promise<Follower> {
  await createSlot(stream.from, stream.names.touched);
  const followed = tables.filter(({ isLogged }) => isLogged);
  return {
    stream,
    tables: new Map(followed.map((table) => [quoteQualified(table), table])),
    open: new Map(),
  };
}

/** So many keys that differ are kept until it is asked who touched them. */
const MOST_UNJUDGED = 10_000;

/**
 * Compares everything. Throws `verify` for a row that differs and was not touched. `beside`: the same two sides by sessions of
 * their own, where what is touched meanwhile is compared: so neither the slot nor the list grows with the time it takes.
 */
export async function compareAll(
  follower: Follower,
  beside: Pick<Stream, "from" | "to">,
  tell: (done: number, all: number) => void,
  everyMs: Millis = SETTLE_EVERY_MS,
): Promise<void> {
  const { stream, tables } = follower;
  await arrive(stream, UNHELD);
  const other = { ...follower, stream: { ...stream, ...beside } };
  const settling = startSettling(everyMs, () => settle(other));
  try {
    const differing = new Map<string, Difference>();
    let unjudged = 0;
    let done = 0;
    for (const [name, table] of tables) {
      const found = await compareTable(stream.from, stream.to, table);
      if (found.keys.size > 0 || !found.isExact) differing.set(name, found);
      unjudged += found.keys.size;
      if (unjudged > MOST_UNJUDGED) {
        await settling.alone(() => judge(follower, differing));
        differing.clear();
        unjudged = 0;
      }
      tell(++done, tables.size);
    }
    await settling.alone(() => judge(follower, differing));
  } finally {
    await settling.end();
  }
}

/** Compares the rows that were touched since; a table of which only the whole can be compared waits until all are. */
async function settle(follower: Follower): Promise<void> {
  await takeIn(follower);
  await compareOpen(
    follower,
    [...follower.open].filter(([, keys]) => keys !== "all"),
  );
}

/** Whatever is listed has arrived. */
async function takeIn(follower: Follower): Promise<void> {
  await read(follower, follower.open);
  await arrive(follower.stream, UNHELD);
}

export interface Round {
  /** How many rows had to be compared: so many will be touched again while as many are compared. */
  readonly touched: number;
  /** How many of them are left to prove. */
  readonly left: number;
}

/** Compares what was touched since. */
export async function compareRound(follower: Follower): Promise<Round> {
  await takeIn(follower);
  const touched = countOpen(follower);
  await compareOpen(follower);
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

/** Writes are held: everything must arrive, and nobody may have written after the marker. */
export async function proveDrained(follower: Follower, patienceMs: Millis): Promise<void> {
  await arrive(follower.stream, { inAllMs: patienceMs });
  assertSilent((await read(follower, follower.open)).afterMarker, follower.stream);
}

/** Everything has arrived: what was still open must be equal now. */
export async function compareLast(follower: Follower): Promise<void> {
  await compareOpen(follower);
  for (const [name, keys] of follower.open) throw different(follower.tables.get(name), keys);
}

/** Throws `verify` if a row was written after `proveDrained`. */
export async function assertSilence(follower: Follower): Promise<void> {
  assertSilent((await read(follower, new Map())).changes, follower.stream);
}

function read({ stream, tables }: Follower, into: Touched): Promise<SlotReading> {
  const { from, names, publication } = stream;
  return readTouched(from, names, publication, tables, into);
}

function arrive({ from, to, names }: Stream, patience: Patience): Promise<void> {
  return proveArrival(from, to, names, randomUUID(), patience);
}

/** Every row that differs must be among the touched ones. One that was touched and compared since is equal, or touched again. */
async function judge(follower: Follower, differing: ReadonlyMap<string, Difference>): Promise<void> {
  await list(follower);
  const unlisted = new Map<string, Difference>();
  for (const [name, found] of differing) {
    const keys = await stillDiffering(follower, name, unlistedOf(follower, name, found.keys));
    if (keys.size > 0) unlisted.set(name, { ...found, keys });
  }
  if (unlisted.size > 0) await list(follower);
  for (const [name, { keys, isExact }] of unlisted) {
    const wrong = unlistedOf(follower, name, keys);
    if (wrong.size > 0) throw different(follower.tables.get(name), wrong, isExact);
  }
  // One that differs in more rows than were looked at is judged later, as a whole.
  for (const [name, { isExact }] of differing) if (!isExact) follower.open.set(name, "all");
}

/** A commit that did not wait for the disk is seen by a reading before it is listed; one of ours waits, and for it too. */
async function list(follower: Follower): Promise<void> {
  await arrive(follower.stream, UNHELD);
  await read(follower, follower.open);
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

async function compareOpen(
  { stream, tables, open }: Follower,
  meant: Iterable<readonly [string, ReadonlySet<string> | "all"]> = open,
): Promise<void> {
  for (const [name, keys] of meant) {
    const table = tables.get(name);
    if (table === undefined) throw unknownTable(name, stream.from);
    const differing = await compareTouched(stream, table, keys);
    if (differing === "all" || differing.size > 0) open.set(name, differing);
    else open.delete(name);
  }
}

async function compareTouched(
  { from, to }: Stream,
  table: Table,
  keys: ReadonlySet<string> | "all",
): Promise<Set<string> | "all"> {
  if (keys !== "all" && table.key !== null) return new Set(await compareRows(from, to, table, keys));
  const { keys: found, isExact } = await compareTable(from, to, table);
  // Without a key nothing but the whole table can be compared again. Not all rows looked at: those that were not may be wrong.
  if (!isExact || (found.size > 0 && table.key === null)) return "all";
  return new Set(found);
}

function assertSilent(changes: number, { from }: Stream): void {
  if (changes > 0) throw broken(changes, from);
}
