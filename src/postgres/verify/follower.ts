import { randomUUID } from "node:crypto";
import type { Millis } from "../../model/time.ts";
import { assertSameColumns, type Sides } from "../catalog/drift.ts";
import type { Table } from "../catalog/tables.ts";
import { quoteQualified } from "../quote.ts";
import { type Patience, proveArrival } from "../replication/marker.ts";
import { createSlot } from "../replication/slot.ts";
import type { RunNames } from "../runNames.ts";
import { broken, different, unknownTable } from "./difference.ts";
import { compareRows } from "./someRows.ts";
import { readTouched, type SlotReading, type Touched } from "./touched.ts";
import { compareTable, MOST_LOOKED_AT } from "./wholeTable.ts";

/** From which side to which the rows go, and under which publication. */
export interface Stream extends Sides {
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
  /** Of rows that differ from bucket to bucket, so many are looked at one by one. */
  readonly mostLookedAt: number;
}

/** Makes the slot; everything written from here on is listed. */
export async function startFollower(
  stream: Stream,
  tables: readonly Table[],
  mostLookedAt = MOST_LOOKED_AT,
): Promise<Follower> {
  await createSlot(stream.from, stream.names.touched);
  const followed = tables.filter(({ isLogged }) => isLogged);
  return {
    stream,
    tables: new Map(followed.map((table) => [quoteQualified(table), table])),
    open: new Map(),
    mostLookedAt,
  };
}

/** Writes are held: everything must arrive, and nobody may have written after the marker. */
export async function proveDrained(follower: Follower, patienceMs: Millis): Promise<void> {
  await awaitArrival(follower.stream, { inAllMs: patienceMs });
  assertSilent((await listTouched(follower)).afterMarker, follower.stream);
}

/** Everything has arrived: what was still open must be equal now. */
export async function compareLast(follower: Follower): Promise<void> {
  await compareOpen(follower);
  for (const [name, keys] of follower.open) throw different(follower.tables.get(name), keys);
}

/**
 * Throws `verify` if a row was written after `proveDrained`. What was committed without waiting for the disk is listed only
 * when it has reached it: a commit of ours waits, and takes it along.
 */
export async function assertSilence(follower: Follower): Promise<void> {
  await follower.stream.from.query("select pg_logical_emit_message(true, 'outgrow', '')");
  assertSilent((await listTouched(follower, new Map())).changes, follower.stream);
}

/** Lists what was touched since the last reading. */
export function listTouched(follower: Follower, into: Touched = follower.open): Promise<SlotReading> {
  const { stream, tables } = follower;
  const { from, names, publication } = stream;
  return readTouched(from, names, publication, tables, into);
}

export function awaitArrival(stream: Stream, patience: Patience): Promise<void> {
  const { from, to, names } = stream;
  return proveArrival(from, to, names, randomUUID(), patience, () => assertSameColumns(stream));
}

/** Compares what is listed, or what of it is meant. */
export async function compareOpen(
  follower: Follower,
  meant: Iterable<readonly [string, ReadonlySet<string> | "all"]> = follower.open,
): Promise<void> {
  const { stream, tables, open } = follower;
  for (const [name, keys] of meant) {
    const table = tables.get(name);
    if (table === undefined) throw unknownTable(name, stream.from);
    const differing = await compareTouched(follower, table, keys);
    if (differing === "all" || differing.size > 0) open.set(name, differing);
    else open.delete(name);
  }
}

async function compareTouched(
  { stream: { from, to }, mostLookedAt }: Follower,
  table: Table,
  keys: ReadonlySet<string> | "all",
): Promise<Set<string> | "all"> {
  if (keys !== "all" && table.key !== null) return new Set(await compareRows(from, to, table, keys));
  const { keys: found, isExact } = await compareTable(from, to, table, mostLookedAt);
  // Without a key nothing but the whole table can be compared again. Not all rows looked at: those that were not may be wrong.
  if (!isExact || (found.size > 0 && table.key === null)) return "all";
  return new Set(found);
}

function assertSilent(changes: number, { from }: Stream): void {
  if (changes > 0) throw broken(changes, from);
}
