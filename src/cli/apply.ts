import { apply } from "../apply/apply.ts";
import { isConverged } from "../apply/glance.ts";
import type { OpenRun } from "../apply/openRun.ts";
import type { Config } from "../config/config.ts";
import { OutgrowError } from "../model/error.ts";
import type { Plan } from "../model/plan.ts";
import type { Step } from "../model/step.ts";
import { openWays } from "../plan/finishPlan.ts";
import { parsePlan } from "../plan/parsePlan.ts";
import { isFinished } from "../plan/standing.ts";
import { sha256 } from "../store/hash.ts";
import type { Arguments } from "./arguments.ts";
import { CONFIG_OPTION, type Command } from "./command.ts";
import { readTextFile } from "./files.ts";
import type { Io } from "./io.ts";
import { openWayText } from "./openWayText.ts";
import {
  ALLOW_OPTION,
  concluded,
  type Ended,
  folderOf,
  JSON_OPTION,
  openRunFor,
  type RunSession,
  runSession,
  throughCluster,
  WITHOUT_CLUSTER_OPTION,
  withResultLine,
} from "./runCommand.ts";
import { configPath, loadConfig } from "./session.ts";

export const applyCommand: Command = {
  name: "apply",
  synopsis: "[plan.json] [--allow HAZARDS] [--json]",
  about:
    "Carries a plan out, step by step, each written down before and after. Without a file it goes on with the plan that is\n" +
    "under way, from its journal or from the copy of it in the cluster. Does nothing on a world that is as it is meant to be.",
  options: [CONFIG_OPTION, JSON_OPTION, ALLOW_OPTION, WITHOUT_CLUSTER_OPTION],
  run: (args, io) => withResultLine(args, io, () => run(args, io)),
};

async function run(args: Arguments, io: Io): Promise<number> {
  const [file] = args.words;
  const config = loadConfig(configPath(args));
  const given = file === undefined ? null : parsePlan(readTextFile(file, MAKE_ONE), file, sha256);
  if (given !== null && given.cluster !== config.cluster.name) throw otherCluster(given, config.cluster.name);
  const command = file === undefined ? "outgrow apply" : `outgrow apply ${file}`;
  await using session = runSession(args, io, config, folderOf(file ?? configPath(args)), command);
  const going = { command, planFile: file ?? "plan.json", canGoBack: true };
  return await concluded(session, going, () => applied(args, session, config, given));
}

const MAKE_ONE = "Make one: outgrow plan --out plan.json";

async function applied(
  args: Arguments,
  session: RunSession,
  config: Config,
  given: Plan | null,
): Promise<Ended> {
  const { parts, progress } = session;
  const isAlone = args.has(WITHOUT_CLUSTER_OPTION.name);
  if (!isAlone && (await throughCluster(parts, () => isConverged(parts.world, parts.replan)))) {
    return { result: { outcome: { kind: "nothing-to-do" }, steps: [] }, openWays: [] };
  }
  await using run = await openRunFor(args, session);
  const plan = given ?? planUnderWay(run);
  const standing = run.ledger.standing();
  const isDone = ({ id }: Step) => isFinished(standing, plan.id, id);
  progress.begin(
    plan.steps,
    plan.steps.filter(isDone).map(({ id }) => id),
  );
  const result = await apply(plan, run);
  const { timeZone } = config.trigger.hours;
  return { result, openWays: openWays(run.ledger.standing()).map((way) => openWayText(way, timeZone)) };
}

function planUnderWay({ ledger }: OpenRun): Plan {
  const plan = ledger.plan();
  const standing = ledger.standing();
  const isLeft = plan?.steps.some(({ id }) => !isFinished(standing, plan.id, id));
  const isBegun = plan?.steps.some(({ id }) => standing.has(id));
  if (plan !== null && isLeft && isBegun) return plan;
  throw new OutgrowError("consent", "There is something to do, and no plan for it is under way.", {
    hint: "Make one, look at it, and give it to apply: outgrow plan --out plan.json && outgrow apply plan.json",
  });
}

function otherCluster(plan: Plan, name: string): OutgrowError {
  return new OutgrowError("usage", `The plan is for ${plan.cluster}, and outgrow.yaml is about ${name}.`, {
    hint: "Give the configuration it was made with: --config FILE.",
  });
}
