import type { MoveTraces } from "../../model/steps/postgres-finish.ts";
import type { LostPart } from "../../model/steps/postgres-move.ts";
import { finish, finishTarget } from "../../postgres/move/finish.ts";
import { isTargetOpen } from "../../postgres/move/listener.ts";
import { observe } from "../../postgres/move/move.ts";
import type { TargetOrder } from "../../postgres/move/order.ts";
import { tracesOf, tracesOnTarget } from "../../postgres/move/traces.ts";
import { forgetSource, sourceMemories } from "./application.ts";
import { untranslate } from "./externalSwitch.ts";
import { type BegunMove, moveOrder, switchParts, targetOrder } from "./moveOrder.ts";
import { CLUSTER, oldServer, presentIn } from "./moveTraces.ts";
import { openReach, openTargetReach } from "./reach.ts";

/** What of a finished move is to be ended, on all of its places that are not lost. */
export interface MoveEnds extends AsyncDisposable {
  /** The new server's part, which is never lost. */
  readonly order: TargetOrder;
  isMoved(): Promise<boolean>;
  /** No place at all once it is finished. */
  traces(): Promise<MoveTraces>;
  end(): Promise<void>;
}

export async function openMoveEnds(move: BegunMove, without: readonly LostPart[]): Promise<MoveEnds> {
  await using kept = new AsyncDisposableStack();
  const servers = kept.use(await (without.includes("old-server") ? openNew(move) : openBoth(move)));
  const hasCluster = !without.includes("cluster");
  const moved = kept.move();
  return {
    order: servers.order,
    isMoved: servers.isMoved,
    traces: async () => {
      const memories = hasCluster ? await sourceMemories(switchParts(move)) : [];
      return presentIn([...(await servers.traces()), [CLUSTER, memories]]);
    },
    end: async () => {
      const found = await servers.traces();
      if (found.some(([, things]) => things.length > 0)) await servers.finish();
      if (!hasCluster) return;
      await untranslate(switchParts(move));
      await forgetSource(switchParts(move));
    },
    [Symbol.asyncDispose]: () => moved.disposeAsync(),
  };
}

interface Servers extends AsyncDisposable {
  readonly order: TargetOrder;
  isMoved(): Promise<boolean>;
  traces(): Promise<readonly (readonly [place: string, things: readonly string[]])[]>;
  finish(): Promise<void>;
}

async function openBoth(move: BegunMove): Promise<Servers> {
  const reach = await openReach(move.params, move.world);
  const order = moveOrder(move, reach);
  return {
    order,
    isMoved: async () => {
      const { source, target } = await observe(order);
      return source === "closed" && target === "open";
    },
    traces: async () => {
      const { source, target } = await tracesOf(order);
      return [
        [oldServer(move.params), source],
        [move.params.target.host, target],
      ];
    },
    finish: () => finish(order),
    [Symbol.asyncDispose]: () => reach[Symbol.asyncDispose](),
  };
}

async function openNew(move: BegunMove): Promise<Servers> {
  const { params, world } = move;
  const reach = await openTargetReach(params, world);
  const order = targetOrder(move, reach.admin);
  return {
    order,
    isMoved: () => isTargetOpen(order),
    traces: async () => [[params.target.host, await tracesOnTarget(order)]],
    finish: () => finishTarget(order),
    [Symbol.asyncDispose]: () => reach[Symbol.asyncDispose](),
  };
}
