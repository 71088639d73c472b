import type { RunResult } from "../apply/result.ts";
import type { MoveTraces, PostgresFinish } from "../model/steps/postgres-finish.ts";
import type { Standing } from "../plan/standing.ts";

/** What became of one move that was finished; `--json` has it as it stands here. */
export interface FinishedMove {
  readonly stepId: string;
  readonly removed: MoveTraces;
  readonly stays: {
    /** On the old server: it takes no connection any more. */
    readonly database: string;
    readonly server: string;
    /** The claims of its volumes, by namespace and name. */
    readonly claims: readonly string[];
  };
}

/** Those of one run, as the journal knows them: on the servers nothing tells of them any more. */
export function finishedMoves({ steps }: RunResult, standing: Standing): readonly FinishedMove[] {
  return steps.flatMap(({ stepId, result }) => {
    const known = standing.get(stepId);
    if (result !== "done" || known?.step.kind !== "postgres-finish") return [];
    const { found, claims } = known.before as PostgresFinish["before"];
    const { database, source } = known.step.params.move;
    const server = `${source.service.namespace}/${source.service.name}`;
    return [{ stepId, removed: found, stays: { database, server, claims } }];
  });
}

export function finishedLines(moves: readonly FinishedMove[]): readonly string[] {
  return moves.flatMap(({ removed, stays: { database, server, claims } }) => [
    ...Object.entries(removed).map(([place, things]) => `Removed from ${place}: ${things.join(", ")}.`),
    `Stays: the database ${database} on ${server}, which takes no connection any more, and ${volumeOf(claims)}. To delete it is for you.`,
  ]);
}

function volumeOf(claims: readonly string[]): string {
  return claims.length === 0
    ? "the volume it lies on"
    : `its volume: PersistentVolumeClaim ${claims.join(", ")}`;
}
