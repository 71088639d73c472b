import { OutgrowError } from "../../model/error.ts";
import type { StepOf } from "../../model/step.ts";
import { finish } from "../../postgres/move/finish.ts";
import { observe } from "../../postgres/move/move.ts";
import type { MoveOrder } from "../../postgres/move/order.ts";
import { tracesOf } from "../../postgres/move/traces.ts";
import { forgetSource } from "../postgres/application.ts";
import { unsettledKeys, untranslate } from "../postgres/externalSwitch.ts";
import { type BegunMove, moveOrder, switchParts } from "../postgres/moveOrder.ts";
import { moveTraces, traceWords } from "../postgres/moveTraces.ts";
import { openReach, servingPod } from "../postgres/reach.ts";
import type { Probe, ProbeTask, StepHandler } from "../stepKind.ts";

type Kind = "postgres-finish";

/**
 * Gives up the way back of a move that is done: what stood for it on either server and in the cluster goes, and
 * the old database takes no connection any more. Its rows stay on their volume, as they were when it was left.
 */
export const postgresFinish: StepHandler<Kind> = {
  describe,
  probe,
  run: async (task) => {
    const move = moveOf(task);
    await using reach = await openReach(move.params, task.world);
    const order = moveOrder(move, reach);
    const { source, target } = await tracesOf(order);
    if (source.length + target.length > 0) await finish(order);
    await untranslate(switchParts(move));
    await forgetSource(switchParts(move));
  },
  verify: async (task) => {
    const move = moveOf(task);
    await using reach = await openReach(move.params, task.world);
    const left = traceWords(await moveTraces(move, moveOrder(move, reach)));
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

function describe({ params: { move } }: StepOf<Kind>): string {
  return `give up the way back of ${move.database}: nothing of the move stays, the old database takes no connection, its volume is kept`;
}

/** Once it has begun it can only go on, so that a move that is not done is seen before. */
async function probe(task: ProbeTask<Kind>): Promise<Probe<Kind>> {
  const move = moveOf(task);
  await using reach = await openReach(move.params, task.world);
  const order = moveOrder(move, reach);
  const found = await moveTraces(move, order);
  if (Object.keys(found).length === 0) return { state: "done", outputs: {} };
  if (task.attempt === null && !(await isMoved(order))) return notMoved(order);
  const unsettled = await unsettledKeys(switchParts(move));
  if (unsettled.length === 0) return { state: "todo", before: { found, claims: await claimsOf(move) } };
  return {
    state: "blocked",
    why: "The secret manager does not say the new address by itself yet",
    fix: `${unsettled.join("\n")}\nThen run it again. Until then outgrow's template in the ExternalSecret says it.`,
  };
}

function notMoved(order: MoveOrder): Probe<Kind> {
  return {
    state: "blocked",
    why: `The database ${order.database} is not moved, so its move cannot be finished.`,
    fix: "Carry it over first (outgrow apply), or walk back (outgrow undo).",
  };
}

async function claimsOf({ params: { source }, world }: BegunMove): Promise<readonly string[]> {
  const { claims } = await servingPod(source, world);
  return claims.map((claim) => `${source.service.namespace}/${claim}`);
}

async function isMoved(order: MoveOrder): Promise<boolean> {
  const { source, target } = await observe(order);
  return source === "closed" && target === "open";
}

/** As the move itself had it, under its own name. */
function moveOf({ params, world, say }: Pick<ProbeTask<Kind>, "params" | "world" | "say">): BegunMove {
  return { params: params.move, attempt: params.attempt, world, say };
}
