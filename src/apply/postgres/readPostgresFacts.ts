import { auditContext } from "../../audit/context.ts";
import { intentOf } from "../../audit/intent.ts";
import type { Config } from "../../config/config.ts";
import type { Facts, Reading } from "../../model/facts.ts";
import type { PostgresFacts } from "../../model/postgresFacts.ts";
import { plannedMove } from "../../plan/postgres/movePlan.ts";
import { openDatabase } from "../../postgres/database.ts";
import { adminEndpoint } from "../../postgres/move/sides.ts";
import { readSourceFacts } from "../../postgres/preflight/sourceFacts.ts";
import { readTargetFacts } from "../../postgres/preflight/targetFacts.ts";
import { runNames } from "../../postgres/runNames.ts";
import { openReach, type ReachWorld } from "./reach.ts";

/** Asks both servers of a move that is still to come; `null` when there is none. Changes nothing. */
export async function readPostgresFacts(
  config: Config,
  facts: Facts,
  world: ReachWorld,
): Promise<Reading<PostgresFacts | null>> {
  const move = plannedMove({ config, context: auditContext(facts, intentOf(config)) });
  if (move === null) return { value: null, gaps: [] };
  await using reach = await openReach(move, world);
  await using source = await openDatabase(adminEndpoint(reach.source, move.database));
  await using target = await openDatabase(reach.target.admin);
  const value = {
    source: await readSourceFacts(source),
    target: await readTargetFacts(target, move.database, runNames(NO_MOVE)),
  };
  return { value, gaps: [] };
}

/** What stands under any name on the target is a stranger's. */
const NO_MOVE = "unbegun";
