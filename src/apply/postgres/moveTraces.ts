import type { ParamsOf } from "../../model/step.ts";
import type { MoveTraces } from "../../model/steps/postgres-finish.ts";
import type { MoveOrder } from "../../postgres/move/order.ts";
import { tracesOf } from "../../postgres/move/traces.ts";
import { sourceMemories } from "./application.ts";
import { type BegunMove, switchParts } from "./moveOrder.ts";

/** What is left of a move on either server and in the cluster; no place at all once it is finished. */
export async function moveTraces(move: BegunMove, order: MoveOrder): Promise<MoveTraces> {
  const { source, target } = await tracesOf(order);
  const memories = await sourceMemories(switchParts(move));
  return presentIn([
    [oldServer(move.params), source],
    [move.params.target.host, target],
    ["the cluster", memories],
  ]);
}

/** As the configuration calls it. */
export function oldServer({ source: { service } }: Pick<ParamsOf<"postgres-move">, "source">): string {
  return `${service.namespace}/${service.name}`;
}

function presentIn(places: readonly (readonly [place: string, things: readonly string[]])[]): MoveTraces {
  return Object.fromEntries(places.filter(([, things]) => things.length > 0));
}

/** `role outgrow_… on private-db.example` */
export function traceWords(traces: MoveTraces): readonly string[] {
  return Object.entries(traces).map(([place, things]) => `${things.join(", ")} on ${place}`);
}
