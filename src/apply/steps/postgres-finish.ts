import { OutgrowError } from "../../model/error.ts";
import type { StepOf } from "../../model/step.ts";
import type { LostPart } from "../../model/steps/postgres-move.ts";
import { readListener } from "../../postgres/move/listener.ts";
import type { TargetOrder } from "../../postgres/move/order.ts";
import { tracesOnTarget } from "../../postgres/move/traces.ts";
import { unsettledKeys } from "../postgres/externalSwitch.ts";
import { type MoveEnds, openMoveEnds } from "../postgres/moveEnds.ts";
import { type BegunMove, switchParts, targetOrder } from "../postgres/moveOrder.ts";
import { oldServer, traceWords } from "../postgres/moveTraces.ts";
import { signOfLife, whyGone } from "../postgres/oldServer.ts";
import { openTargetReach, servingPod } from "../postgres/reach.ts";
import type { Probe, ProbeTask, StepHandler } from "../stepKind.ts";

type Kind = "postgres-finish";

/**
 * Gives up the way back of a move that is done: what stood for it on either server and in the cluster goes, and
 * the old database takes no connection any more. Its rows stay on their volume, as they were when it was left.
 * What the user says is lost for good is left out; that the old server is, is not believed while it shows a sign of life.
 */
export const postgresFinish: StepHandler<Kind> = {
  describe,
  probe: async (task) => {
    const move = moveOf(task);
    const why = task.params.without.includes("old-server") ? null : await whyGone(move);
    const kept = why === null ? null : await keptForOld(move);
    if (why !== null && kept !== null) return isItLost(why, kept);
    await using ends = await openMoveEnds(move, task.params.without);
    return await probeEnds(task, move, ends);
  },
  run: async (task) => {
    await using ends = await openMoveEnds(moveOf(task), task.params.without);
    await ends.end();
  },
  verify: async (task) => {
    await using ends = await openMoveEnds(moveOf(task), task.params.without);
    const left = traceWords(await ends.traces());
    if (left.length === 0) return {};
    throw new OutgrowError("verify", `Something of the move is still there: ${left.join("; ")}.`, {
      hint: "Run it again: outgrow finish.",
    });
  },
  undo: async ({ params: { move } }) => {
    throw new OutgrowError("blocked", `The move of ${move.database} is finished: there is no way back.`, {
      hint: `Every row written since the switch is on ${move.target.host} alone. The old rows are on their volume: ALTER DATABASE … ALLOW_CONNECTIONS true opens them.`,
    });
  },
};

function describe({ params: { move, without } }: StepOf<Kind>): string {
  const old = without.includes("old-server")
    ? `the old database is lost, as you say, and left out`
    : "the old database takes no connection, its volume is kept";
  const cluster = without.includes("cluster") ? ", and so is the cluster" : "";
  return `give up the way back of ${move.database}: nothing of the move stays, ${old}${cluster}`;
}

/** Once it has begun it can only go on, so that what speaks against it is seen before. */
async function probeEnds(task: ProbeTask<Kind>, move: BegunMove, ends: MoveEnds): Promise<Probe<Kind>> {
  const { without } = task.params;
  const found = await ends.traces();
  if (Object.keys(found).length === 0) return { state: "done", outputs: {} };
  if (task.attempt === null && !(await ends.isMoved())) return notMoved(move.params);
  if (task.attempt === null && without.includes("old-server")) {
    const lives = await whyNotLost(move, ends.order, !without.includes("cluster"));
    if (lives !== null) return lives;
  }
  const unsettled = without.includes("cluster") ? [] : await unsettledKeys(switchParts(move));
  if (unsettled.length === 0)
    return { state: "todo", before: { found, claims: await claimsOf(move, without) } };
  return {
    state: "blocked",
    why: "The secret manager does not say the new address by itself yet",
    fix: `${unsettled.join("\n")}\nThen run it again. Until then outgrow's template in the ExternalSecret says it.`,
  };
}

async function claimsOf(
  { params: { source }, world }: BegunMove,
  without: readonly LostPart[],
): Promise<readonly string[]> {
  if (without.includes("old-server")) return [];
  const { claims } = await servingPod(source, world);
  return claims.map((claim) => `${source.service.namespace}/${claim}`);
}

/** What the new server keeps of the way back, in words; `null`: nothing, and the old one is not needed for it. */
async function keptForOld(move: BegunMove): Promise<string | null> {
  await using reach = await openTargetReach(move.params, move.world);
  const order = targetOrder(move, reach.admin);
  if ((await tracesOnTarget(order)).length === 0) return null;
  const { heldBytes = 0 } = (await readListener(order)) ?? {};
  return `${move.params.target.host} keeps every change for it, ${Math.ceil(heldBytes / 2 ** 20)} MiB by now`;
}

function isItLost(why: string, kept: string): Probe<Kind> {
  return {
    state: "blocked",
    why,
    fix: [
      `If it only restarts, wait and run it again: the way back is kept, and ${kept}.`,
      "  If it is lost for good, and the way back with it: outgrow finish --allow point-of-no-return --old-server-lost",
    ].join("\n"),
  };
}

/** A move that was ended without it waited for its silence then. */
async function whyNotLost(move: BegunMove, order: TargetOrder, canAsk: boolean): Promise<Probe<Kind> | null> {
  const old = oldServer(move.params);
  if (move.params.without === undefined) {
    const sign = await signOfLife(move, order, { canAsk });
    const fix = "Give up its way back with it: outgrow finish --allow point-of-no-return";
    return sign === null ? null : { state: "blocked", why: `${old} is not lost: ${sign}.`, fix };
  }
  if ((await readListener(order))?.isActive !== true) return null;
  return {
    state: "blocked",
    why: `${old} runs again, and fetches rows from ${move.params.target.host}, which serves without it.`,
    fix: "Stop it for good, and let no application write to it. Then run it again.",
  };
}

function notMoved({ database }: BegunMove["params"]): Probe<Kind> {
  return {
    state: "blocked",
    why: `The database ${database} is not moved, so its move cannot be finished.`,
    fix: "Carry it over first (outgrow apply), or walk back (outgrow undo).",
  };
}

/** As the move itself had it, under its own name. */
function moveOf({ params, world, say }: Pick<ProbeTask<Kind>, "params" | "world" | "say">): BegunMove {
  return { params: params.move, attempt: params.attempt, world, say };
}
