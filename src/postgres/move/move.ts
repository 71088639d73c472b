import { OutgrowError } from "../../model/error.ts";
import { shellLine } from "../../model/shellLine.ts";
import { assertSameSchema, unlessChanged } from "../catalog/drift.ts";
import { databaseWord } from "../endpoint.ts";
import { letGo } from "../fence/holdWrites.ts";
import { readRecord, type Writes } from "../fence/record.ts";
import { endTimers } from "../fence/timer.ts";
import { publish, publishable, unpublish } from "../replication/publication.ts";
import { readSlot, skipWritten } from "../replication/slot.ts";
import {
  isSubscribed,
  pauseSubscription,
  resumeSubscription,
  subscribe,
  unsubscribe,
} from "../replication/subscription.ts";
import { runNames } from "../runNames.ts";
import { copyRights } from "../schema/ownership.ts";
import { databaseState } from "../schema/prepareTarget.ts";
import { assertSameRights, differingRights } from "../schema/sameRights.ts";
import { assertSilence, type Follower, type Stream, startFollower } from "../verify/follower.ts";
import { compareAll, type Meanwhile } from "../verify/whileWritten.ts";
import { assertReady } from "./assertReady.ts";
import { clean } from "./clean.ts";
import { copyHeld } from "./copyHeld.ts";
import { type CutOver, checkFollowed, cutOver } from "./cutOver.ts";
import { awaitCaughtUp, awaitCopies, completeSchema } from "./follow.ts";
import { goHome } from "./home.ts";
import { inPhase } from "./inPhase.ts";
import { assertNeverServed } from "./neverServed.ts";
import type { MoveOrder } from "./order.ts";
import { movedTables, prepare } from "./prepare.ts";
import { clockOf, forgetProof, readProof, writeProof } from "./proof.ts";
import { awaitProvider, takeOver } from "./providerFollow.ts";
import { settle } from "./settle.ts";
import { settleDown } from "./settleDown.ts";
import { adminEndpoint, type OpenMove, openKnownSource, openMove, openSource, runPassword } from "./sides.ts";
import { outward } from "./streams.ts";
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

/** Whether a decision for the target was carried out to its end: a place that says the new address does not tell who was restarted. */
export async function isSettled({ id, database, target, connect }: MoveOrder): Promise<boolean> {
  await using moved = await connect(adminEndpoint(target, database));
  return (await readProof(moved, runNames(id))) === null;
}

/** Carries the database over, from wherever an earlier attempt left it. */
export async function carryOver(order: MoveOrder): Promise<void> {
  const state = await observe(order);
  if (state.source === null) await inPhase(order, "preflight", () => assertReady(order));
  if (state.source === "closed") {
    await using decided = await openMove(order);
    await settle(decided, "target");
    // Of a run that died between its decision and here.
    await order.shell(endTimers(decided.names));
    return;
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
  const { order } = move;
  const stream = outward(move);
  // Until then the target has no table that might be another.
  if (order.driver === "provider") await inPhase(order, "copying", () => awaitProvider(move));
  await unlessChanged(stream, () => followWhole(move));
  // For what is compared at one time.
  await using other = await openMove(order);
  const beside = { from: other.source, to: other.target };
  const follower = await unlessChanged(stream, () => getReady(move, stream, beside));
  await cutOver({
    ...away(move),
    check: () => checkFollowed(order, follower, beside, () => assertSameRights(move, stream)),
    checkSilence: () => assertSilence(follower),
  });
}

async function followWhole(move: OpenMove): Promise<void> {
  const { order } = move;
  await (order.driver === "provider"
    ? inPhase(order, "following", () => takeOver(move))
    : copyAndFollow(move));
}

/** Compares everything and makes the way back, while everybody writes. */
async function getReady(move: OpenMove, stream: Stream, beside: Meanwhile["beside"]): Promise<Follower> {
  const { order } = move;
  const follower = await startFollower(stream, await movedTables(move));
  await inPhase(order, "ready", async () => {
    await assertSameSchema(stream);
    // Somebody may have been given a right while rows came in.
    if ((await differingRights(move, stream)).length > 0) await copyRights(move, "whole");
    await assertSameRights(move, stream);
    await compareAll(follower, { beside, tell: tellCompared(order) });
    await makeReturn(move);
    await settleDown(order, follower, beside);
    // Passwords, rights and settings may have been changed while rows were compared.
    await copyRights(move, "whole");
    await skipArrived(move);
  });
  return follower;
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

/** Everything happens while writes are held, the copy too. */
async function goOffline(move: OpenMove): Promise<void> {
  await cutOver({ ...away(move), check: () => copyHeld(move), checkSilence: async () => undefined });
}

/** What is the same of all drivers. */
function away(move: OpenMove): Omit<CutOver, "check" | "checkSilence"> {
  const { order, names, target } = move;
  let provedAt = "";
  return {
    order,
    names,
    stream: outward(move),
    side: order.source,
    login: { user: names.role, database: order.database, password: runPassword(order.source, order.id) },
    attest: (hold) => writeProof(target, names, { at: provedAt, hold }),
    arm: async () => {
      await arm(move);
      provedAt = await clockOf(target);
    },
    disarm: () => disarm(move),
    open: () => settle(move, "target"),
  };
}

/** The way back stands before the first write on the target. */
async function arm(move: OpenMove): Promise<void> {
  const { order, names, source, target } = move;
  await makeReturn(move);
  // Nothing comes to what is proved.
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

/** As far as it can be made while writes go on, for none of it is quick: https://www.postgresql.org/docs/current/sql-createsubscription.html */
async function makeReturn(move: OpenMove): Promise<void> {
  const { order, names, source, target } = move;
  if (!order.canReturn || (await isSubscribed(source, names.back))) return;
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
  await forgetProof(target, names);
  await unsubscribe(source, target, names.back);
  await unpublish(target, names.back);
  await resumeSubscription(target, names.forward);
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

function lost({ id, database, target }: MoveOrder): OutgrowError {
  const { role, schema } = runNames(id);
  const login = ["--username", role, "--dbname", databaseWord(database)];
  const opening = shellLine(["psql", ...login, "--command", `SELECT ${schema}.reopen()`]);
  return new OutgrowError(
    "not-found",
    `The database ${database} is not on ${target.admin.host} any more, and the source is closed.`,
    {
      hint: `If the source is to serve as it is, run beside it: ${opening}`,
    },
  );
}
