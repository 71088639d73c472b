import { chooseDriver, type DriverChoice } from "../../src/plan/postgres/chooseDriver.ts";
import { preflight } from "../../src/plan/postgres/preflight.ts";
import type { MoveOrder } from "../../src/postgres/move/order.ts";
import { readSourceFacts } from "../../src/postgres/preflight/sourceFacts.ts";
import { readTargetFacts } from "../../src/postgres/preflight/targetFacts.ts";
import { runNames } from "../../src/postgres/runNames.ts";
import { moveOrder } from "./move.ts";
import type { LabPair } from "./pair.ts";

/** What a plan would choose, asked of both servers as they are. */
export async function chosenFor(pair: LabPair): Promise<DriverChoice> {
  const { connect, source, target, database, demand } = moveOrder(pair);
  await using there = await connect({ ...source.admin, database });
  await using admin = await connect(target.admin);
  const facts = await readSourceFacts(there);
  const both = { source: facts, target: await readTargetFacts(admin, facts, runNames("lab1")) };
  return chooseDriver(both, preflight({ ...both, demand }), false);
}

/** The order that a plan would lead to. */
export async function plannedOrder(pair: LabPair, changes: Partial<MoveOrder> = {}): Promise<MoveOrder> {
  const { driver, canReturn } = await chosenFor(pair);
  return moveOrder(pair, { driver, canReturn, holdLimitMs: 60_000, ...changes });
}
