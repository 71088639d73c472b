import { auditContext } from "../../audit/context.ts";
import { intentOf } from "../../audit/intent.ts";
import type { Config } from "../../config/config.ts";
import { OutgrowError } from "../../model/error.ts";
import type { Facts, Gap, Reading } from "../../model/facts.ts";
import type { PostgresFacts } from "../../model/postgresFacts.ts";
import type { PlanInput } from "../../plan/planner.ts";
import { type PlannedMove, plannedMove } from "../../plan/postgres/movePlan.ts";
import { openDatabase } from "../../postgres/database.ts";
import { adminEndpoint } from "../../postgres/move/sides.ts";
import { readSourceFacts } from "../../postgres/preflight/sourceFacts.ts";
import { readTargetFacts } from "../../postgres/preflight/targetFacts.ts";
import { runNames } from "../../postgres/runNames.ts";
import { openReach, type ReachWorld } from "./reach.ts";

/** Asks both servers of a move that is still to come; `null` when there is none, or when it cannot be told which. Changes nothing. */
export async function readPostgresFacts(
  config: Config,
  facts: Facts,
  world: ReachWorld,
): Promise<Reading<PostgresFacts | null>> {
  const move = moveOrGap({ config, context: auditContext(facts, intentOf(config)) });
  if (move === null) return { value: null, gaps: [] };
  if ("area" in move) return { value: null, gaps: [move] };
  await using reach = await openReach(move, world);
  await using source = await openDatabase(adminEndpoint(reach.source, move.database));
  await using target = await openDatabase(reach.target.admin);
  const there = await readSourceFacts(source);
  const value = { source: there, target: await readTargetFacts(target, there, runNames(NO_MOVE)) };
  return { value, gaps: [] };
}

/** A key that the move needs is no reason to say nothing of the rest; the plan asks for it by name. */
function moveOrGap(input: PlanInput): PlannedMove | Gap | null {
  try {
    return plannedMove(input);
  } catch (error) {
    if (!(error instanceof OutgrowError) || error.code !== "config") throw error;
    const message = `neither server was asked: ${error.message} ${error.hint ?? ""}`.trimEnd();
    return { area: "postgres", subject: "all of it", reason: "failed", message };
  }
}

/** What stands under any name on the target is a stranger's. */
const NO_MOVE = "unbegun";
