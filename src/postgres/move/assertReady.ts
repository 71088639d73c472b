import { OutgrowError } from "../../model/error.ts";
import { blockers, obstacles, preflight } from "../../plan/postgres/preflight.ts";
import { readSourceFacts } from "../preflight/sourceFacts.ts";
import { readTargetFacts } from "../preflight/targetFacts.ts";
import { runNames } from "../runNames.ts";
import { migrationProblems } from "./migration.ts";
import type { MoveOrder } from "./order.ts";
import { adminEndpoint } from "./sides.ts";
import { wayThereProblems } from "./wayThere.ts";

/** Looks at both servers before anything is touched; throws `blocked` with everything that stands in the way. */
export async function assertReady(order: MoveOrder): Promise<void> {
  await using source = await order.connect(adminEndpoint(order.source, order.database));
  await using target = await order.connect(order.target.admin);
  const there = await readSourceFacts(source);
  const facts = {
    source: there,
    target: await readTargetFacts(target, there, runNames(order.id)),
    demand: order.demand,
  };
  const looked = preflight(facts);
  const problems = [
    ...blockers(looked.findings),
    ...obstacles(order.driver, looked),
    ...(await migrationProblems(order)),
    ...(await wayThereProblems(order)),
  ];
  if (problems.length === 0) return;
  const many = problems.length === 1 ? "One thing stands" : `${problems.length} things stand`;
  throw new OutgrowError("blocked", `${many} in the way of moving ${order.database}. Nothing was changed.`, {
    problems: problems.map(({ subject, evidence, fix }) => ({
      message: `${subject}: ${evidence}.`,
      hint: fix,
    })),
  });
}
