import { apply } from "../apply/apply.ts";
import type { OpenRun } from "../apply/openRun.ts";
import type { Config } from "../config/config.ts";
import type { Plan } from "../model/plan.ts";
import { finishPlan, openWays } from "../plan/finishPlan.ts";
import { isHalfDone } from "../plan/standing.ts";
import { sha256 } from "../store/hash.ts";
import type { Arguments } from "./arguments.ts";
import { CONFIG_OPTION, type Command } from "./command.ts";
import { finishedLines, finishedMoves } from "./finishText.ts";
import type { Io } from "./io.ts";
import { openWayText } from "./openWayText.ts";
import { describe } from "./planText.ts";
import {
  ALLOW_OPTION,
  concluded,
  type Ended,
  folderOf,
  JSON_OPTION,
  openRunFor,
  PLAN_OPTION,
  type RunSession,
  runSession,
  withResultLine,
} from "./runCommand.ts";
import { configPath, loadConfig } from "./session.ts";

export const finishCommand: Command = {
  name: "finish",
  synopsis: "[--allow point-of-no-return] [--json]",
  about:
    "Gives up the ways back that apply held open, and takes away what stood for them: on both servers and in the cluster\n" +
    "nothing of a move stays. Old volumes are kept. Until then outgrow undo brings the new rows home; afterwards nothing does.",
  options: [CONFIG_OPTION, JSON_OPTION, PLAN_OPTION, ALLOW_OPTION],
  run: (args, io) => withResultLine(args, io, () => run(args, io)),
};

async function run(args: Arguments, io: Io): Promise<number> {
  const config = loadConfig(configPath(args));
  const folder = folderOf(args.text("plan") ?? configPath(args));
  await using session = runSession(args, io, config, folder, COMMAND);
  const going = { command: COMMAND, planFile: "plan.json" };
  return await concluded(session, going, () => finished(args, config, session));
}

const COMMAND = "outgrow finish";

async function finished(args: Arguments, config: Config, session: RunSession): Promise<Ended> {
  await using run = await openRunFor(args, session);
  const { ledger } = run;
  const planNow = () =>
    finishPlan(ledger.standing(), { cluster: config.cluster.name, hash: sha256, now: session.io.now() });
  const plan = planNow();
  if (!args.has("json")) session.io.stderr.write(beforehand(plan, run, config));
  if (plan.steps.length === 0 && ![...ledger.standing().values()].some(isHalfDone)) {
    return { result: { outcome: { kind: "nothing-to-do" }, steps: [] }, openWays: [] };
  }
  session.progress.begin(plan.steps);
  const result = await apply(plan, { ...run, replan: async () => planNow() });
  const moves = finishedMoves(result, ledger.standing());
  return { result, openWays: [], remarks: finishedLines(moves), more: { finished: moves } };
}

/** What is about to be given up, and what for. */
function beforehand({ steps }: Plan, { ledger }: OpenRun, config: Config): string {
  const { timeZone } = config.trigger.hours;
  const ways = openWays(ledger.standing()).map((way) => openWayText(way, timeZone));
  const lines = [...ways, ...steps.map((step) => `${step.id}: ${describe(step)}.`)];
  return lines.length === 0 ? "No way back is held open.\n" : `${lines.join("\n")}\n`;
}
