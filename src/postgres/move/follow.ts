import { setTimeout as sleep } from "node:timers/promises";
import { OutgrowError } from "../../model/error.ts";
import { IS_USERS } from "../catalog/tables.ts";
import type { Database } from "../database.ts";
import { assertKept, endSenders, readSlot, transactionsInTheWay } from "../replication/slot.ts";
import {
  endCopies,
  readSubscription,
  type SubscriptionState,
  unsubscribe,
} from "../replication/subscription.ts";
import { dumpAfter } from "../schema/dump.ts";
import { isIndex, restoreEntries, restoreEntry, sideBySide } from "../schema/restore.ts";
import { startLateKeys } from "./lateKeys.ts";
import { dumpProgram } from "./prepare.ts";
import { adminEndpoint, type OpenMove } from "./sides.ts";

const PAUSE_MS = 100;
/** A worker that fails starts again by itself after 5 s, and one cut fails several; so many without a row more are no passing trouble. */
const MOST_ERRORS = 10;

/** Waits until the first copy of every table is done and the subscription follows. */
export async function awaitCopies(move: OpenMove): Promise<void> {
  const { order, names, source, target } = move;
  const deadline = order.now() + order.copyLimitMs;
  const watch = createWatch(move);
  await using keys = await startLateKeys(move);
  for (;;) {
    await keys.look();
    const state = await readSubscription(target, names.forward);
    if (state === null)
      throw new OutgrowError("drift", `The subscription ${names.forward} is gone from ${target.place}.`);
    const isCopied = state.tables > 0 && state.readyTables === state.tables;
    if (isCopied && state.isRunning && keys.pending() === 0) return;
    order.tell({
      kind: "progress",
      text: copyingText(state),
      share: state.readyTables / Math.max(1, state.tables),
    });
    assertKept(await readSlot(source, names.forward), names.forward, source.place);
    if (order.now() > deadline) throw tooSlow(move, state);
    await watch(state, keys.pending() > 0);
    await sleep(PAUSE_MS);
  }
}

/** So often without a row more, each time with twice the patience: then starting it again does not help. */
const MOST_RESTARTS = 3;

/**
 * A copy that waits on a connection which neither ends nor brings anything waits for ever; its worker is started again.
 * One that waits until a key is built, or until others end their transactions, is left alone. Failures are counted from
 * the row on that came in last: the server counts them since the subscription was made, by an earlier attempt perhaps.
 */
function createWatch(move: OpenMove): (state: SubscriptionState, isBuilding: boolean) => Promise<void> {
  const { order, names, source, target } = move;
  let last = "";
  let since = order.now();
  let furthest: SubscriptionState | null = null;
  let restarts = 0;
  return async (state, isBuilding) => {
    const { readyTables, copyingRows, copyingBytes } = state;
    const progress = `${readyTables} ${copyingRows} ${copyingBytes}`;
    // A busy server takes its time to start a worker again, and a worker to begin.
    const patienceMs = order.stallLimitMs * 2 ** restarts;
    const isStalled = progress === last && !isBuilding && order.now() - since > patienceMs;
    if (progress !== last || isStalled || isBuilding) since = order.now();
    last = progress;
    if (furthest === null || isFurther(state, furthest)) {
      furthest = state;
      restarts = 0;
    }
    if (errorsOf(state) - errorsOf(furthest) > MOST_ERRORS) throw failing(move, state);
    if (!isStalled) return;
    const others = await transactionsInTheWay(source, names);
    if (others !== null)
      return order.tell({
        kind: "progress",
        text: `the copy waits for open transactions: ${others}`,
        share: null,
      });
    if (++restarts > MOST_RESTARTS) throw await givenUp(move);
    order.tell({
      kind: "progress",
      text: "nothing came in for a while; the copy is started again",
      share: null,
    });
    await endCopies(target, names.forward);
    await endSenders(source, names);
  };
}

/** Where the server's own state is what holds a copy up, no other attempt would get further with it: the next one begins anew. */
async function givenUp({ names, source, target }: OpenMove): Promise<OutgrowError> {
  await unsubscribe(target, source, names.forward);
  return new OutgrowError(
    "timeout",
    `The copy to ${target.place} got no further, though it was started again ${MOST_RESTARTS} times; it was thrown away.`,
    {
      hint: "Run it again: it begins anew, and nothing is lost. If it comes to this again, see the target's log, and restart it.",
    },
  );
}

function errorsOf({ applyErrors, syncErrors }: SubscriptionState): number {
  return applyErrors + syncErrors;
}

function isFurther(one: SubscriptionState, other: SubscriptionState): boolean {
  if (one.readyTables !== other.readyTables) return one.readyTables > other.readyTables;
  return one.copyingRows > other.copyingRows;
}

/** Indexes, foreign keys, triggers and policies, then the planner's statistics: none of them is replicated. */
export async function completeSchema(move: OpenMove): Promise<void> {
  const { order, target } = move;
  const all = await dumpAfter(dumpProgram(move));
  const [indexes, rest] = [all.filter(isIndex), all.filter((entry) => !isIndex(entry))];
  let done = 0;
  const tell = () =>
    order.tell({
      kind: "progress",
      text: `${++done}/${all.length} indexes and constraints`,
      share: done / all.length,
    });
  await using sessions = await openLanes(move);
  await sideBySide(sessions.all, indexes, (session, entry) => restoreEntry(session, entry).then(tell));
  await restoreEntries(target, rest, tell);
  await refreshViews(move);
  await sideBySide(sessions.all, await namesToAnalyze(target), (session, name) =>
    session.script(`analyze ${name}`),
  );
}

/** Few: a small plan has 22 connections in all, and one or two processors. */
const LANES = 3;

async function openLanes({ order, target }: OpenMove): Promise<Lanes> {
  await using kept = new AsyncDisposableStack();
  const all = [target];
  while (all.length < LANES)
    all.push(kept.use(await order.connect(adminEndpoint(order.target, order.database))));
  const moved = kept.move();
  return { all, [Symbol.asyncDispose]: () => moved.disposeAsync() };
}

interface Lanes extends AsyncDisposable {
  readonly all: readonly Database[];
}

/** Largest first, so that the last to end is a small one. Of a partitioned table its own statistics too. */
async function namesToAnalyze(target: Database): Promise<readonly string[]> {
  const rows = await target.query<{ name: string }>(
    `select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind in ('r', 'm', 'p') and c.relpersistence <> 't' and ${IS_USERS}
        and pg_stat_get_last_analyze_time(c.oid) is null order by pg_total_relation_size(c.oid) desc`,
  );
  return rows.map(({ name }) => name);
}

/** Materialized views hold what they held when they were last refreshed; there they are empty. */
async function refreshViews({ target }: OpenMove): Promise<void> {
  const views = await target.query<{ name: string }>(
    `select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind = 'm' and not c.relispopulated order by c.oid`,
  );
  for (const { name } of views) await target.script(`refresh materialized view ${name}`);
}

function copyingText({ tables, readyTables, copyingRows, copyingBytes }: SubscriptionState): string {
  const now =
    copyingRows > 0
      ? ` · ${Math.round(copyingRows)} rows, ${Math.round(copyingBytes / 1e6)} MB under way`
      : "";
  return `${readyTables}/${tables} tables copied${now}`;
}

function failing({ target }: OpenMove, state: SubscriptionState): OutgrowError {
  return new OutgrowError(
    "database",
    `The subscription on ${target.place} failed ${errorsOf(state)} times; ${state.readyTables} of ${state.tables} tables are copied.`,
    {
      hint: "The target's log says why: most often its disk is full, or the schema was changed on the source meanwhile.",
    },
  );
}

function tooSlow({ order, target }: OpenMove, state: SubscriptionState): OutgrowError {
  return new OutgrowError(
    "timeout",
    `The first copy to ${target.place} is not done after ${Math.round(order.copyLimitMs / 1000)} s: ${state.readyTables} of ${state.tables} tables.`,
    { hint: "It goes on by itself; run it again to wait longer." },
  );
}
