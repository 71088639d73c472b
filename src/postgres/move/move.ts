import { OutgrowError } from "../../model/error.ts";
import { letGo, openWrites } from "../fence/holdWrites.ts";
import { readRecord, type Writes } from "../fence/record.ts";
import { publish, publishable, unpublish } from "../replication/publication.ts";
import { dropSlot, readSlot, skipWritten } from "../replication/slot.ts";
import {
  isSubscribed,
  pauseSubscription,
  resumeSubscription,
  subscribe,
  unsubscribe,
} from "../replication/subscription.ts";
import { runNames } from "../runNames.ts";
import { databaseState } from "../schema/prepareTarget.ts";
import { assertSilence, type Follower, startFollower } from "../verify/follower.ts";
import { compareAll, compareRound, type Meanwhile } from "../verify/whileWritten.ts";
import { assertReady } from "./assertReady.ts";
import { clean } from "./clean.ts";
import { copyHeld } from "./copyHeld.ts";
import { assertSameSchema, type CutOver, checkFollowed, cutOver } from "./cutOver.ts";
import { awaitCaughtUp, awaitCopies, completeSchema } from "./follow.ts";
import { inPhase } from "./inPhase.ts";
import { endMigration } from "./migration.ts";
import { assertNeverServed } from "./neverServed.ts";
import type { MoveOrder } from "./order.ts";
import { movedTables, prepare } from "./prepare.ts";
import { awaitProvider, takeOver } from "./providerFollow.ts";
import { adminEndpoint, type OpenMove, openKnownSource, openMove, openSource, runPassword } from "./sides.ts";
import { tellCompared } from "./tellCompared.ts";

/** Who may write where; `null`: this move never touched that side. */
export interface MoveState {
  readonly source: Writes | null;
  readonly target: Writes | null;
}

/** Looks, and changes nothing. */
export async function observe(order: MoveOrder): Promise<MoveState> {
  const names = runNames(order.id);
  await using source = await openKnownSource(order);
  if (source === null) return { source: null, target: null };
  await using admin = await order.connect(order.target.admin);
  const record = await readRecord(source, names);
  if ((await databaseState(admin, order.database, names)) !== "ours")
    return { source: record?.writes ?? null, target: null };
  await using target = await order.connect(adminEndpoint(order.target, order.database));
  return { source: record?.writes ?? null, target: (await readRecord(target, names))?.writes ?? null };
}

/** Whether a way home was begun and left: its slot would keep changes on the target until the disk is full. */
export async function isHalfwayHome({ id, target, connect }: MoveOrder): Promise<boolean> {
  await using admin = await connect(target.admin);
  return (await readSlot(admin, runNames(id).touched)) !== null;
}

/** Carries the database over, from wherever an earlier attempt left it. */
export async function carryOver(order: MoveOrder): Promise<void> {
  const state = await observe(order);
  if (state.source === null) await inPhase(order, "preflight", () => assertReady(order));
  if (state.source === "closed") {
    await using decided = await openMove(order);
    return await settle(decided, "target");
  }
  if (state.source === "held") await freeSource(order);
  await using move = await inPhase(order, "prepare", () => prepare(order));
  await disarm(move);
  await (order.driver === "offline" ? goOffline(move) : followOver(move));
}

async function freeSource(order: MoveOrder): Promise<void> {
  await using source = await openSource(order);
  await letGo(source, runNames(order.id), null);
}

async function followOver(move: OpenMove): Promise<void> {
  const { order, names, source, target } = move;
  await (order.driver === "provider" ? followProvider(move) : copyAndFollow(move));
  const stream = { from: source, to: target, publication: names.forward, names };
  const follower = await startFollower(stream, await movedTables(move));
  await inPhase(order, "ready", async () => {
    await assertSameSchema(source, target);
    await using other = await openMove(order);
    const beside = { from: other.source, to: other.target };
    await compareAll(follower, { beside, tell: tellCompared(order) });
    await makeReturn(move);
    await settleDown(order, follower, beside);
    await skipArrived(move);
  });
  await cutOver({
    ...away(move),
    check: () => checkFollowed(order, follower),
    checkSilence: () => assertSilence(follower),
  });
}

async function copyAndFollow(move: OpenMove): Promise<void> {
  const { order } = move;
  await using others = await inPhase(order, "copying", () => awaitCopies(move));
  await inPhase(order, "following", async () => {
    // Tables catch up while indexes are made.
    await completeSchema(move, others);
    await awaitCaughtUp(move);
  });
}

async function followProvider(move: OpenMove): Promise<void> {
  const { order } = move;
  await inPhase(order, "copying", () => awaitProvider(move));
  await inPhase(order, "following", () => takeOver(move));
}

/** Everything happens while writes are held, the copy too. */
async function goOffline(move: OpenMove): Promise<void> {
  await cutOver({ ...away(move), check: () => copyHeld(move), checkSilence: async () => undefined });
}

/** What is the same of all drivers. */
function away(move: OpenMove): Omit<CutOver, "check" | "checkSilence"> {
  const { order, names, source } = move;
  return {
    order,
    names,
    from: source,
    side: order.source,
    login: { user: names.role, database: order.database, password: runPassword(order.source, order.id) },
    arm: () => arm(move),
    disarm: () => disarm(move),
    open: () => settle(move, "target"),
  };
}

const ENOUGH_ROWS = 500;
const MOST_ROUNDS = 6;

/** So many are compared in a few seconds, by their keys or as a whole table. */
const MOST_HELD_ROWS = 500_000;

/** After everything was compared once: what was touched meanwhile, until little is left for the moment when writes are held. */
async function settleDown(
  { tell }: MoveOrder,
  follower: Follower,
  beside: Meanwhile["beside"],
): Promise<void> {
  let last = 0;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const { touched, left } = await compareRound(follower, { beside });
    tell({ kind: "progress", text: `${left} rows left to compare`, share: null });
    // A table that was compared as a whole may have been touched everywhere meanwhile.
    last = Math.max(touched, left);
    if (last < ENOUGH_ROWS) return;
  }
  if (last > MOST_HELD_ROWS) throw tooBusy(follower, last);
}

function tooBusy({ stream }: Follower, rows: number): OutgrowError {
  return new OutgrowError(
    "timeout",
    `Rows of ${stream.from.place} are changed faster than they can be compared: about ${rows} would have to be while nobody can write.`,
    { hint: "Nothing was changed. Run it again when less is written." },
  );
}

/** The way back stands before the first write on the target. */
async function arm(move: OpenMove): Promise<void> {
  const { order, names, source, target } = move;
  if (!order.canReturn) return;
  await makeReturn(move);
  await pauseSubscription(target, names.forward);
  await skipArrived(move);
  // The provider sends on whatever reaches the source: until its migration has ended the rows wait in their slot.
  if (order.driver !== "provider") await resumeSubscription(source, names.back);
}

/**
 * What came this way is not to be sent back: it lies before the place from which the slot now reads. The server reads through all of
 * it, so most of that is done before writes are held; the rest after the last marker, which waited for the disk.
 */
async function skipArrived({ order, names, target }: OpenMove): Promise<void> {
  if (order.canReturn) await skipWritten(target, names.back);
}

/** Nothing comes from the source any more, so that the rows of the target may go there. Safe to repeat. */
async function openReturn({ order, names, source, target }: OpenMove): Promise<void> {
  if (order.driver !== "provider") return;
  await endMigration(order, source, target, names);
  await resumeSubscription(source, names.back);
}

/** As far as it can be made while writes go on, for none of it is quick: https://www.postgresql.org/docs/current/sql-createsubscription.html */
async function makeReturn(move: OpenMove): Promise<void> {
  const { order, names, source, target } = move;
  if (!order.canReturn) return;
  await publish(target, names.back, names, publishable(await movedTables(move)));
  await subscribe(source, target, {
    name: names.back,
    dial: order.target.dial,
    login: { database: order.database, user: names.role, password: runPassword(order.target, order.id) },
    copiesRows: false,
    isOn: false,
  });
}

async function disarm({ names, source, target }: OpenMove): Promise<void> {
  await unsubscribe(source, target, names.back);
  await unpublish(target, names.back);
  await resumeSubscription(target, names.forward);
}

/** After the decision: opens the side that serves now, tells the application, and takes away what led there. Safe to repeat. */
async function settle(move: OpenMove, side: "source" | "target"): Promise<void> {
  const { order, names, source, target } = move;
  const [serving, other] = side === "target" ? [target, source] : [source, target];
  await inPhase(order, "open", async () => {
    await letGo(serving, names, null);
    await openWrites(serving, names);
    await order.application.pointAt(side);
  });
  await inPhase(order, "clean", async () => {
    const led = side === "target" ? names.forward : names.back;
    await unsubscribe(serving, other, led);
    await unpublish(other, led);
    if (side === "target") await openReturn(move);
    // On the side that serves too: a way to the other one that was begun and given up left it there.
    for (const each of [other, serving]) await dropSlot(each, names.touched);
  });
}

/** Walks back from wherever the move is; afterwards the source serves and nothing of the move is left. */
export async function bringBack(order: MoveOrder): Promise<void> {
  const state = await observe(order);
  if (state.source !== "closed") await assertNeverServed(order);
  if (state.source === "held") await freeSource(order);
  if (state.source === "closed" && state.target !== null) {
    await using move = await openMove(order);
    await (state.target === "closed" ? settle(move, "source") : goHome(move));
  }
  if (state.source === "closed" && state.target === null) throw lost(order);
  await order.application.pointAt("source");
  await clean(order);
}

/** The same way back: proved row by row, writes held, sequences carried, and then the source is opened again. */
async function goHome(move: OpenMove): Promise<void> {
  const { names, source, target } = move;
  const order = { ...move.order, holdLimitMs: move.order.homeHoldLimitMs };
  if (!(await isSubscribed(source, names.back))) throw noReturn(order);
  await openReturn(move);
  await letGo(target, names, null);
  const stream = { from: target, to: source, publication: names.back, names };
  const follower = await startFollower(stream, await movedTables(move));
  await inPhase(order, "ready", async () => {
    await using other = await openMove(order);
    const beside = { from: other.target, to: other.source };
    await compareAll(follower, { beside, tell: tellCompared(order) });
    await settleDown(order, follower, beside);
  });
  await cutOver({
    order,
    names,
    from: target,
    side: order.target,
    login: { user: order.target.admin.user, database: order.database, password: order.target.admin.password },
    check: () => checkFollowed(order, follower),
    checkSilence: () => assertSilence(follower),
    arm: async () => undefined,
    disarm: async () => undefined,
    open: () => settle(move, "source"),
  });
}

function noReturn({ database }: MoveOrder): OutgrowError {
  return new OutgrowError(
    "blocked",
    `The way back of ${database} was not prepared: rows written since the switch would be lost.`,
    {
      hint: "The plan called this step a point of no return. Copy the rows back by hand if they matter, then start the old database.",
    },
  );
}

function lost({ id, database, target }: MoveOrder): OutgrowError {
  const { role, schema } = runNames(id);
  return new OutgrowError(
    "not-found",
    `The database ${database} is not on ${target.admin.host} any more, and the source is closed.`,
    {
      hint: `If the source is to serve as it is, run beside it: psql --username=${role} --dbname=${database} --command='SELECT ${schema}.reopen()'`,
    },
  );
}
