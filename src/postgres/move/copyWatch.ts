import { OutgrowError } from "../../model/error.ts";
import { assertSameColumns } from "../catalog/drift.ts";
import type { Database } from "../database.ts";
import { stateOf } from "../refusal.ts";
import { endCopySenders, transactionsInTheWay } from "../replication/slot.ts";
import { strandedCopies } from "../replication/strandedCopies.ts";
import { endCopies, errorsOf, type SubscriptionState, unsubscribe } from "../replication/subscription.ts";
import type { OpenMove } from "./sides.ts";
import { outward } from "./streams.ts";

/** What copies that do not come in are about. */
export interface CopyWatch {
  /** Starts a copy again that brings nothing; throws when that does not help, or when it fails again and again. */
  look(state: SubscriptionState): Promise<void>;
  /** From the first failure on until a row more comes in: how often it failed, and why. */
  troubles(): readonly string[];
}

/**
 * A worker that fails starts again by itself after 5 s, and one cut fails several; so many without a row more, for as long as a copy
 * may bring nothing, are no passing trouble.
 */
const MOST_ERRORS = 10;

/** So often without a row more, each time with twice the patience: then starting it again does not help. */
const MOST_RESTARTS = 3;

/**
 * A copy that waits on a connection which neither ends nor brings anything waits for ever; its worker is started again.
 * One that waits for others' locks is left alone, and so is whoever applies what was changed meanwhile: that may take long,
 * or wait until a key or an index is built, and ends a dead connection by itself (`wal_receiver_timeout`). Failures are
 * counted from the row on that came in last: the server counts them since the subscription was made, by an earlier attempt perhaps.
 */
export function watchCopies(move: OpenMove): CopyWatch {
  const { order, names, source, target } = move;
  let last = "";
  let since = order.now();
  let restarts = 0;
  const failures = watchFailures(move);
  const look: CopyWatch["look"] = async (state) => {
    const { readyTables, copyingRows, copyingBytes } = state;
    const progress = `${readyTables} ${copyingRows} ${copyingBytes}`;
    // A busy server takes its time to start a worker again, and a worker to begin.
    const patienceMs = order.stallLimitMs * 2 ** restarts;
    const isStill = progress === last && order.now() - since > patienceMs;
    if (progress !== last || isStill) since = order.now();
    last = progress;
    const { hasAdvanced } = await failures.take(state);
    if (hasAdvanced) restarts = 0;
    if (!isStill) return;
    await assertNoneStranded(move);
    if (state.copiers === 0) return;
    const others = await transactionsInTheWay(source, names);
    if (others !== null)
      return order.tell({
        kind: "progress",
        text: `the copy waits for open transactions: ${others}`,
        share: null,
      });
    if (++restarts > MOST_RESTARTS)
      throw await givenUp(move, `got no further, though it was started again ${MOST_RESTARTS} times`);
    order.tell({
      kind: "progress",
      text: "nothing came in for a while; the copy is started again",
      share: null,
    });
    await endCopies(target, names.forward);
    await endCopySenders(source, names);
  };
  return { look, troubles: failures.troubles };
}

async function assertNoneStranded(move: OpenMove): Promise<void> {
  const stranded = await strandedCopies(move.target, move.source, move.names.forward);
  if (stranded.length > 0)
    throw await givenUp(move, `of ${stranded.join(", ")} was cut off where it cannot go on`);
}

function watchFailures(move: OpenMove) {
  const { now, stallLimitMs } = move.order;
  let furthest: SubscriptionState | null = null;
  let since = now();
  let failures = 0;
  let trouble = UNKNOWN;
  return {
    /** Counts from the row on that came in last; throws when it failed too often without one more. */
    take: async (state: SubscriptionState): Promise<{ readonly hasAdvanced: boolean }> => {
      if (furthest === null || isFurther(state, furthest)) {
        furthest = state;
        since = now();
        failures = 0;
        return { hasAdvanced: true };
      }
      const failed = errorsOf(state) - errorsOf(furthest);
      if (failed > failures) {
        await assertSameColumns(outward(move));
        trouble = await troubleOf(move.target);
      }
      failures = failed;
      if (failures > MOST_ERRORS && now() - since > stallLimitMs) {
        await assertNoneStranded(move);
        throw failing(move, state, trouble);
      }
      return { hasAdvanced: false };
    },
    troubles: () =>
      failures === 0
        ? []
        : [`failed ${failures === 1 ? "once" : `${failures} times`} on the target: ${trouble}`],
  };
}

/** Where the server's own state is what holds a copy up, no other attempt would get further with it: the next one begins anew. */
async function givenUp({ names, source, target }: OpenMove, why: string): Promise<OutgrowError> {
  await unsubscribe(target, source, names.forward);
  return new OutgrowError("timeout", `The copy to ${target.place} ${why}; it was thrown away.`, {
    hint: "Run it again: it begins anew, and nothing is lost. If it comes to this again, see the target's log, and restart it.",
  });
}

function isFurther(one: SubscriptionState, other: SubscriptionState): boolean {
  if (one.readyTables !== other.readyTables) return one.readyTables > other.readyTables;
  return one.copyingRows > other.copyingRows;
}

function failing({ target }: OpenMove, state: SubscriptionState, trouble: string): OutgrowError {
  return new OutgrowError(
    "database",
    `The subscription on ${target.place} failed ${errorsOf(state)} times; ${state.readyTables} of ${state.tables} tables are copied${trouble === FULL ? `: ${FULL}` : ""}.`,
    {
      hint:
        trouble === FULL
          ? "Free some space there, or take a larger plan; then run it again."
          : "The target's log says why.",
    },
  );
}

const UNKNOWN = "its log says why";
const FULL = "its disk is full";

const DISK_FULL = "53100";
/** As much as a copy takes at once, and more: rows of 2 kB are stored as they are, neither compressed nor elsewhere. */
const ROOM =
  "create temp table outgrow_room on commit drop as select repeat('x', 1900) from generate_series(1, 4000)";

/** Why a worker failed stands in the log of the server, which is not for us; whether there is room can be tried. */
async function troubleOf(target: Database): Promise<string> {
  try {
    await target.script(ROOM);
    return UNKNOWN;
  } catch (error) {
    return stateOf(error) === DISK_FULL ? FULL : UNKNOWN;
  }
}
