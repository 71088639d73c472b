import { undo } from "../apply/undo.ts";
import { type WalkBack, walkBack } from "../plan/walkBack.ts";
import type { Arguments } from "./arguments.ts";
import { CONFIG_OPTION, type Command } from "./command.ts";
import type { Io } from "./io.ts";
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

export const undoCommand: Command = {
  name: "undo",
  synopsis: "[--allow HAZARDS] [--json]",
  about:
    "Walks back what apply did, newest first: to the start, or to where there is no way back, which it says before it begins.\n" +
    "What was so before apply came is left as it is.",
  options: [CONFIG_OPTION, JSON_OPTION, PLAN_OPTION, ALLOW_OPTION, WITHOUT_CLUSTER_OPTION],
  run: (args, io) => withResultLine(args, io, () => run(args, io)),
};

async function run(args: Arguments, io: Io): Promise<number> {
  const config = loadConfig(configPath(args));
  const folder = folderOf(args.text("plan") ?? configPath(args));
  await using session = runSession(args, io, config, folder, COMMAND);
  const going = { command: COMMAND, planFile: "plan.json", canGoBack: false };
  return await concluded(session, going, () => undone(args, session));
}

const COMMAND = "outgrow undo";

async function undone(args: Arguments, session: RunSession): Promise<Ended> {
  await using opened = await openRunFor(args, session);
  const back = walkBack(opened.ledger.standing(), session.io.now());
  if (!args.has("json")) session.io.stderr.write(beforehand(back));
  session.progress.begin(back.steps.map(({ step }) => step));
  return { result: await undo(opened), openWays: [] };
}

/** What is about to be taken back, and where it ends. */
function beforehand({ steps, end }: WalkBack): string {
  const ids = steps.map(({ step }) => step.id).join(", ");
  const way = steps.length === 0 ? "Nothing is there to be taken back" : `Takes back ${ids}`;
  return end === null ? `${way}: to the start.\n` : `${way}, and ends at ${end.stepId}: ${end.why}.\n`;
}
