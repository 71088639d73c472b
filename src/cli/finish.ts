import { apply } from "../apply/apply.ts";
import type { OpenRun } from "../apply/openRun.ts";
import type { RunResult } from "../apply/result.ts";
import type { Config } from "../config/config.ts";
import { OutgrowError } from "../model/error.ts";
import type { Plan } from "../model/plan.ts";
import type { LostPart } from "../model/steps/postgres-move.ts";
import { endingPlan, finishPlan, openWays } from "../plan/finishPlan.ts";
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
  WITHOUT_CLUSTER_OPTION,
  withResultLine,
} from "./runCommand.ts";
import { configPath, loadConfig } from "./session.ts";

const LOST = "old-server-lost";
const LATER_LOST = "later-rows-lost";
const WITHOUT_CLUSTER = WITHOUT_CLUSTER_OPTION.name;

export const finishCommand: Command = {
  name: "finish",
  synopsis: "[--allow point-of-no-return] [--old-server-lost [--later-rows-lost]] [--json]",
  about:
    "Gives up the ways back that apply held open, and takes away what stood for them: on both servers and in the cluster\n" +
    "nothing of a move stays. Old volumes are kept. Until then outgrow undo brings the new rows home; afterwards nothing does.",
  options: [
    CONFIG_OPTION,
    JSON_OPTION,
    PLAN_OPTION,
    ALLOW_OPTION,
    {
      name: LOST,
      help: "the old database is gone for good, and you vouch for it: what is left of the move elsewhere goes",
    },
    { name: LATER_LOST, help: "so are rows that it took last, where it cannot be known whether it took any" },
    { name: WITHOUT_CLUSTER, help: "the cluster is gone for good as well, and with it lock and copy" },
  ],
  run: (args, io) => withResultLine(args, io, () => run(args, io)),
};

async function run(args: Arguments, io: Io): Promise<number> {
  const config = loadConfig(configPath(args));
  const folder = folderOf(args.text("plan") ?? configPath(args));
  const flags = PARTS.flatMap(([name]) => (args.has(name) ? [` --${name}`] : []));
  const command = `outgrow finish${flags.join("")}`;
  await using session = runSession(args, io, config, folder, command);
  const going = { command, planFile: "plan.json", canGoBack: false };
  return await concluded(session, going, () => finished(args, config, session));
}

async function finished(args: Arguments, config: Config, session: RunSession): Promise<Ended> {
  const without = lostParts(args);
  await using run = await openRunFor(args, session, WAY_OUT);
  const standing = () => run.ledger.standing();
  const sources = { cluster: config.cluster.name, hash: sha256, now: session.io.now(), without };
  const carryOut = async (planNow: () => Plan) => {
    const plan = planNow();
    if (!args.has("json")) session.io.stderr.write(beforehand(plan, run, config));
    if (plan.steps.length === 0 && ![...standing().values()].some(isHalfDone)) return NOTHING;
    session.progress.begin(plan.steps);
    return await apply(plan, { ...run, replan: async () => planNow() });
  };
  const halves = () => endingPlan(standing(), sources);
  const ended = halves().steps.length === 0 ? NOTHING : await carryOut(halves);
  if (ended !== NOTHING && ended.outcome.kind !== "done") return { result: ended, openWays: [] };
  const { outcome, steps } = await carryOut(() => finishPlan(standing(), sources));
  const result = { outcome, steps: [...ended.steps, ...steps] };
  if (outcome === NOTHING.outcome) return { result, openWays: [] };
  const moves = finishedMoves(result, standing());
  return { result, openWays: [], remarks: finishedLines(moves), more: { finished: moves } };
}

const NOTHING: RunResult = { outcome: { kind: "nothing-to-do" }, steps: [] };

const WAY_OUT =
  "Wait until it does. If old database and cluster are gone for good: outgrow finish --allow point-of-no-return --old-server-lost --without-cluster";

/** The old server is reached through the cluster, and its rows are on it: it cannot be there when those are lost. */
function lostParts(args: Arguments): readonly LostPart[] {
  const parts = PARTS.filter(([name]) => args.has(name));
  const [first] = parts;
  if (first === undefined || args.has(LOST)) return parts.map(([, part]) => part);
  throw new OutgrowError("usage", `--${first[0]} alone says nothing of the old database.`, {
    hint: `Where both are gone for good: outgrow finish --${LOST} --${first[0]}`,
  });
}

const PARTS: readonly (readonly [option: string, part: LostPart])[] = [
  [LOST, "old-server"],
  [LATER_LOST, "later-rows"],
  [WITHOUT_CLUSTER, "cluster"],
];

/** What is about to be given up, and what for. */
function beforehand({ steps }: Plan, { ledger }: OpenRun, config: Config): string {
  const { timeZone } = config.trigger.hours;
  const ways = openWays(ledger.standing()).map((way) => openWayText(way, timeZone));
  const lines = [...ways, ...steps.map((step) => `${step.id}: ${describe(step)}.`)];
  return lines.length === 0 ? "No way back is held open.\n" : `${lines.join("\n")}\n`;
}
