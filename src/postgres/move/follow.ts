import { setTimeout as sleep } from "node:timers/promises";
import { OutgrowError } from "../../model/error.ts";
import { IS_USERS, readMaterializedViews } from "../catalog/tables.ts";
import type { Database } from "../database.ts";
import { assertKept } from "../replication/slot.ts";
import { readSubscription, type SubscriptionState } from "../replication/subscription.ts";
import { type DumpEntry, dumpAfter } from "../schema/dump.ts";
import { copyRights } from "../schema/ownership.ts";
import {
  buildUnaided,
  type Deed,
  isIndex,
  isOfTable,
  restoreEntries,
  restoreEntry,
  sideBySide,
  statisticsOf,
} from "../schema/restore.ts";
import { type CopyMeter, createCopyMeter } from "./copyMeter.ts";
import { watchCopies } from "./copyWatch.ts";
import { type LateKeys, startLateKeys } from "./lateKeys.ts";
import type { MoveOrder } from "./order.ts";
import { dumpProgram } from "./prepare.ts";
import { adminEndpoint, type OpenMove } from "./sides.ts";

const SHORTEST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 500;

/** A small database is not kept waiting; over a large one the looks would take a few hundredths of a small server's time. */
function pauseAfter(tookMs: number): number {
  return Math.min(LONGEST_PAUSE_MS, Math.max(SHORTEST_PAUSE_MS, tookMs / 20));
}

/**
 * Waits until the rows of every table are there, and their keys. What was changed meanwhile may be still to come, and
 * what is made beside the keys be under way.
 */
export async function awaitCopies(move: OpenMove): Promise<LateKeys> {
  await using kept = new AsyncDisposableStack();
  const keys = kept.use(await startLateKeys(move));
  const meter = await createCopyMeter(move);
  await awaitState(move, meter, keys, ({ tables, filledTables }) => filledTables === tables);
  meter.end();
  // The caller's from here on.
  kept.move();
  return keys;
}

/** Waits until every table has what was changed during its copy, and the subscription follows. */
export async function awaitCaughtUp(move: OpenMove): Promise<void> {
  await awaitState(
    move,
    await createCopyMeter(move),
    NO_KEYS,
    ({ tables, readyTables, isRunning }) => readyTables === tables && isRunning,
  );
}

type Keys = Pick<LateKeys, "look" | "pending" | "rest">;

const NO_KEYS: Keys = { look: async () => undefined, pending: () => 0, rest: (ms) => sleep(ms) };

async function awaitState(
  move: OpenMove,
  meter: CopyMeter,
  keys: Keys,
  isReached: (state: SubscriptionState) => boolean,
): Promise<void> {
  const { order, names, source, target } = move;
  const began = order.now();
  const watch = watchCopies(move);
  for (;;) {
    const state = await readSubscription(target, names.forward);
    if (state === null)
      throw new OutgrowError("drift", `The subscription ${names.forward} is gone from ${target.place}.`);
    await keys.look(state.copiesUnderWay);
    if (state.tables > 0 && isReached(state) && keys.pending() === 0) return;
    const sentBytes = await meter.tell(watch.troubles());
    await assertKept(source, names.forward, state.id);
    const tookMs = order.now() - began;
    if (tookMs > order.copyLimitMs) throw tooSlow(move, state);
    await watch.look(seen(state, sentBytes));
    await keys.rest(state.copiesUnderWay > 0 ? pauseAfter(tookMs) : SHORTEST_PAUSE_MS);
  }
}

/** Where the target hides how far its copies are, the source tells what it has sent: more than has come in, so rows are not counted. */
function seen(state: SubscriptionState, sentBytes: number): SubscriptionState {
  return state.hidesCopies ? { ...state, copyingRows: 0, copyingBytes: sentBytes } : state;
}

type Others = Pick<LateKeys, "handOver" | "ended">;

const NO_OTHERS: Others = {
  handOver: () => ({ begun: new Set(), atWork: 0 }),
  ended: async () => undefined,
};

/**
 * Indexes, foreign keys, triggers and policies, then the planner's statistics: none of them is replicated. `others`: who
 * was at some of it while rows came in.
 */
export async function completeSchema(move: OpenMove, others: Others = NO_OTHERS): Promise<void> {
  const { order, source, target } = move;
  const { begun, atWork } = others.handOver();
  const all = await dumpAfter(dumpProgram(move));
  const views = await readMaterializedViews(source);
  // A materialized view may need a key, and so come after the keys itself: its indexes wait for it, and cost nothing while it is empty.
  const isAside = (entry: DumpEntry) =>
    isIndex(entry) && !views.some(({ written }) => isOfTable(entry, written));
  const [indexes, rest] = [all.filter(isAside), all.filter((entry) => !isAside(entry))];
  const tell = countAloud(order, all.length);
  await using lanes = await openLanes(move, LANES - atWork);
  if (indexes.length > 1) for (const session of lanes.all) await buildUnaided(session);
  const isLeft = ({ sql }: DumpEntry) => !begun.has(sql);
  const left = (await withStatistics(move, indexes.filter(isLeft))).filter(isLeft);
  const assertFollowed = await followedBeside(move);
  await sideBySide(
    lanes.all,
    left.map((entry) => async (session) => {
      if (isIndex(entry)) await assertFollowed();
      await restoring(entry, isIndex(entry) ? tell : undefined)(session);
    }),
  );
  await others.ended();
  for (const entry of indexes) if (!isLeft(entry)) tell();
  await restoreEntries(target, rest, tell);
  // Once more: the copy may have taken hours, and what is made after the rows has an owner too.
  await copyRights(move, "whole");
  await refresh(lanes, target);
}

/** What is asked before each index: one takes an hour perhaps, and all of them are for nothing if changes are not kept meanwhile. */
async function followedBeside({ names, source, target }: OpenMove): Promise<() => Promise<void>> {
  const state = await readSubscription(target, names.forward);
  if (state === null) return async () => undefined;
  let turn: Promise<void> = Promise.resolve();
  return () => {
    turn = turn.then(() => assertKept(source, names.forward, state.id));
    return turn;
  };
}

function countAloud({ tell }: MoveOrder, all: number): () => void {
  let done = 0;
  return () =>
    tell({ kind: "progress", text: `${++done}/${all} indexes and constraints`, share: done / all });
}

/**
 * Whoever has no index left to make gathers statistics. Those of the tables whose indexes are last are gathered first: in
 * the end they would wait for them. An index of an expression has statistics of its own, gathered with its table's: so
 * they come when it is there.
 */
async function withStatistics(
  { source, target }: OpenMove,
  indexes: readonly DumpEntry[],
): Promise<readonly DumpEntry[]> {
  const withExpressions = await tablesWithExpressions(source);
  const all = (await lackingStatistics(target)).filter(({ name }) => !withExpressions.has(name));
  const isOfLast = ({ name }: DumpEntry) => indexes.slice(1 - LANES).some((entry) => isOfTable(entry, name));
  return [...all.filter(isOfLast), ...indexes, ...all.filter((entry) => !isOfLast(entry))];
}

/** What no replication carries, where the schema is whole. */
export async function refreshTarget(move: OpenMove): Promise<void> {
  await using lanes = await openLanes(move, LANES);
  await refresh(lanes, move.target);
}

async function refresh({ all }: Lanes, target: Database): Promise<void> {
  await refreshViews(target);
  await sideBySide(
    all,
    (await lackingStatistics(target)).map((entry) => restoring(entry)),
  );
}

/** Few: a small plan has 22 connections in all, and one or two processors. */
const LANES = 3;

async function openLanes({ order, target }: OpenMove, count: number): Promise<Lanes> {
  await using kept = new AsyncDisposableStack();
  const all = [target];
  while (all.length < count)
    all.push(kept.use(await order.connect(adminEndpoint(order.target, order.database))));
  const moved = kept.move();
  return { all, [Symbol.asyncDispose]: () => moved.disposeAsync() };
}

interface Lanes extends AsyncDisposable {
  readonly all: readonly Database[];
}

/** Those that are lacking. Largest first, so that the last to end is a small one. Of a partitioned table its own too. */
async function lackingStatistics(target: Database): Promise<readonly DumpEntry[]> {
  const rows = await target.query<{ name: string }>(
    `select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind in ('r', 'm', 'p') and c.relispopulated and c.relpersistence <> 't' and ${IS_USERS}
        and pg_stat_get_last_analyze_time(c.oid) is null order by pg_total_relation_size(c.oid) desc`,
  );
  return rows.map(({ name }) => statisticsOf(name));
}

async function tablesWithExpressions(source: Database): Promise<ReadonlySet<string>> {
  const rows = await source.query<{ name: string }>(
    `select distinct format('%I.%I', n.nspname, c.relname) as name from pg_index i join pg_class c on c.oid = i.indrelid
      join pg_namespace n on n.oid = c.relnamespace where i.indexprs is not null`,
  );
  return new Set(rows.map(({ name }) => name));
}

function restoring(entry: DumpEntry, tell?: () => void): Deed {
  return (session) => restoreEntry(session, entry).then(tell);
}

/** Materialized views hold what they held when they were last refreshed; there they are empty. */
async function refreshViews(target: Database): Promise<void> {
  const views = await target.query<{ name: string }>(
    `select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind = 'm' and not c.relispopulated order by c.oid`,
  );
  for (const { name } of views) await target.script(`refresh materialized view ${name}`);
}

function tooSlow({ order, target }: OpenMove, state: SubscriptionState): OutgrowError {
  return new OutgrowError(
    "timeout",
    `The first copy to ${target.place} is not done after ${Math.round(order.copyLimitMs / 1000)} s: ${state.readyTables} of ${state.tables} tables.`,
    { hint: "It goes on by itself; run it again to wait longer." },
  );
}
