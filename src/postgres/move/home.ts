import { OutgrowError } from "../../model/error.ts";
import { assertSameSchema, unlessChanged } from "../catalog/drift.ts";
import { letGo } from "../fence/holdWrites.ts";
import { isSubscribed, resumeSubscription } from "../replication/subscription.ts";
import { assertSameLargeObjects } from "../schema/largeObjects.ts";
import { assertSameRights } from "../schema/sameRights.ts";
import { assertSilence, type Follower, type Stream, startFollower } from "../verify/follower.ts";
import { compareAll, type Meanwhile } from "../verify/whileWritten.ts";
import { checkFollowed, cutOver } from "./cutOver.ts";
import { inPhase } from "./inPhase.ts";
import { followNewTables } from "./newTables.ts";
import type { MoveOrder } from "./order.ts";
import { movedTables } from "./prepare.ts";
import { openReturn, settle } from "./settle.ts";
import { settleDown } from "./settleDown.ts";
import { type OpenMove, openMove } from "./sides.ts";
import { homeward } from "./streams.ts";
import { tellCompared } from "./tellCompared.ts";

/** The same way back: proved row by row, writes held, sequences carried, and then the source is opened again. */
export async function goHome(move: OpenMove): Promise<void> {
  const { names, source, target } = move;
  const order = { ...move.order, holdLimitMs: move.order.homeHoldLimitMs };
  if (!(await isSubscribed(source, names.back))) throw noReturn(order);
  await openReturn(move);
  await resumeSubscription(source, names.back);
  await letGo(target, names, null);
  const stream = homeward(move);
  await assertSameSchema(stream);
  await assertSameRights(move, stream);
  await assertNoNewObjects(move);
  await cutOverHome({ ...move, order }, stream);
}

async function cutOverHome(move: OpenMove, stream: Stream): Promise<void> {
  const { order, names } = move;
  // For what is compared at one time.
  await using other = await openMove(order);
  const beside = { from: other.target, to: other.source };
  const follower = await unlessChanged(stream, () => followHome(move, stream, beside));
  await cutOver({
    order,
    names,
    stream,
    side: order.target,
    login: { user: order.target.admin.user, database: order.database, password: order.target.admin.password },
    check: () => checkFollowed(order, follower, beside, () => assertNoNewObjects(move)),
    checkSilence: () => assertSilence(follower),
    // The side that is left was proved before, and says by itself that it served.
    attest: async () => undefined,
    arm: async () => undefined,
    disarm: async () => undefined,
    open: () => settle(move, "source"),
  });
}

async function followHome(move: OpenMove, stream: Stream, beside: Meanwhile["beside"]): Promise<Follower> {
  const { order } = move;
  await followNewTables(move, stream);
  const follower = await startFollower(stream, await movedTables(move));
  await inPhase(order, "ready", async () => {
    await compareAll(follower, { beside, tell: tellCompared(order) });
    await settleDown(order, follower, beside);
  });
  return follower;
}

/** Large objects are not streamed: what the application did to them since the switch would be lost. */
async function assertNoNewObjects({ names, source, target }: OpenMove): Promise<void> {
  await assertSameLargeObjects(target, source, names, {
    hint: "They do not come home by themselves, and the new server serves on: write them to the old one by hand (lo_from_bytea), as the role they belong to, then run outgrow undo again.",
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
