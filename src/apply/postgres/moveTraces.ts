import type { ParamsOf } from "../../model/step.ts";
import type { MoveTraces } from "../../model/steps/postgres-finish.ts";
import { likelyTraces } from "../../postgres/move/traces.ts";
import { doorService } from "./door.ts";
import { keptSecretIn } from "./keptTexts.ts";
import { plannedHolders } from "./texts.ts";

/** Beside the two servers there is only this place. */
export const CLUSTER = "the cluster";

/** As the configuration calls it. */
export function oldServer({ source: { service } }: Pick<ParamsOf<"postgres-move">, "source">): string {
  return `${service.namespace}/${service.name}`;
}

export function presentIn(
  places: readonly (readonly [place: string, things: readonly string[]])[],
): MoveTraces {
  return Object.fromEntries(places.filter(([, things]) => things.length > 0));
}

/** `role outgrow_… on private-db.example` */
export function traceWords(traces: MoveTraces): readonly string[] {
  return Object.entries(traces).map(([place, things]) => `${things.join(", ")} on ${place}`);
}

/** Who still followed the old server when it was lost. */
function followerOf({ driver, without }: ParamsOf<"postgres-move">): "subscription" | "provider" | null {
  return driver === "offline" || without === undefined ? null : driver;
}

/** What a finish could not take away, since its places are lost. */
export function lostTraces({ move, attempt, without }: ParamsOf<"postgres-finish">): MoveTraces {
  const holders = plannedHolders(move.application);
  const namespaces = [...new Set(holders.map(({ name }) => name.namespace))];
  const externals = holders.filter(({ name }) => name.kind === "ExternalSecret");
  return presentIn([
    [
      oldServer(move),
      without.includes("old-server") ? likelyTraces(attempt, move.canReturn, followerOf(move)) : [],
    ],
    [
      CLUSTER,
      without.includes("cluster")
        ? [
            ...(followerOf(move) !== null ? [doorService({ params: move, attempt })] : []),
            ...namespaces.map((namespace) => keptSecretIn(namespace, attempt)),
            ...externals.map(
              ({ name }) => `outgrow's template in ExternalSecret ${name.namespace}/${name.name}`,
            ),
          ]
        : [],
    ],
  ]);
}
