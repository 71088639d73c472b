import { CLUSTER, lostTraces, oldServer } from "../apply/postgres/moveTraces.ts";
import type { RunResult } from "../apply/result.ts";
import type { ParamsOf } from "../model/step.ts";
import type { MoveTraces, PostgresFinish } from "../model/steps/postgres-finish.ts";
import type { Standing } from "../plan/standing.ts";

/** What became of one move that was finished; `--json` has it as it stands here. */
export interface FinishedMove {
  readonly stepId: string;
  readonly removed: MoveTraces;
  /** On what is lost. */
  readonly notRemoved: MoveTraces;
  /** The old server was lost before it had carried its part out: should it ever run again, it may let the application in. */
  readonly mayServe?: true;
  /** On the old server, where it takes no connection any more; `null`: it is lost. */
  readonly stays: {
    readonly database: string;
    readonly server: string;
    /** The claims of its volumes, by namespace and name. */
    readonly claims: readonly string[];
  } | null;
}

/** Those of one run, as the journal knows them: on the servers nothing tells of them any more. */
export function finishedMoves({ steps }: RunResult, standing: Standing): readonly FinishedMove[] {
  return steps.flatMap(({ stepId, result }) => {
    const known = standing.get(stepId);
    if (result !== "done" || known?.step.kind !== "postgres-finish") return [];
    return [finishedMove(stepId, known.step.params, known.before as PostgresFinish["before"])];
  });
}

function finishedMove(
  stepId: string,
  params: ParamsOf<"postgres-finish">,
  { found, claims }: PostgresFinish["before"],
): FinishedMove {
  const { move, without } = params;
  const notRemoved = lostTraces(params);
  const removed = Object.entries(found).filter(([place]) => notRemoved[place] === undefined);
  const isThere = !without.includes("old-server");
  return {
    stepId,
    removed: Object.fromEntries(removed),
    notRemoved,
    ...(move.without === undefined ? {} : { mayServe: true }),
    stays: isThere ? { database: move.database, server: oldServer(move), claims } : null,
  };
}

export function finishedLines(moves: readonly FinishedMove[]): readonly string[] {
  return moves.flatMap(({ removed, notRemoved, mayServe, stays }) => [
    ...Object.entries(removed).map(([place, things]) => `Removed from ${place}: ${things.join(", ")}.`),
    ...Object.entries(notRemoved).map((entry) => notRemovedLine(entry, mayServe === true)),
    ...(stays === null ? [] : [staysLine(stays)]),
  ]);
}

function notRemovedLine([place, things]: readonly [string, readonly string[]], mayServe: boolean): string {
  const [schema] = things.flatMap((thing) => /^schema (.*)/.exec(thing)?.[1] ?? []);
  const list = `Not removed, since ${place} is lost: ${things.join(", ")}.`;
  if (place === CLUSTER) return `${list} Delete it should it ever come back.`;
  const opening = `open it in single-user mode (postgres --single): SELECT ${schema}.reopen();`;
  if (!mayServe)
    return `${list} Should it ever run again, it lets nobody in; to read its old rows ${opening}`;
  return (
    `${list} Should it ever run again, keep the application from it, and drop its slots, for which it keeps changes until its disk is full. ` +
    `It may let nobody in; to read its old rows ${opening}`
  );
}

function staysLine({ database, server, claims }: NonNullable<FinishedMove["stays"]>): string {
  return `Stays: the database ${database} on ${server}, which takes no connection any more, and ${volumeOf(claims)}. To delete it is for you.`;
}

function volumeOf(claims: readonly string[]): string {
  return claims.length === 0
    ? "the volume it lies on"
    : `its volume: PersistentVolumeClaim ${claims.join(", ")}`;
}
