import { undo } from "../apply/undo.ts";
import { type WalkBack, walkBack } from "../plan/walkBack.ts";
import type { Arguments } from "./arguments.ts";
import { CONFIG_OPTION, type Command } from "./command.ts";
import type { Io } from "./io.ts";
import { paintFor } from "./paint.ts";
import { ALLOW_OPTION, folderOf, openRunFor, runSession, WITHOUT_CLUSTER_OPTION } from "./runCommand.ts";
import { exitCodeOf, runText } from "./runText.ts";
import { configPath, loadConfig } from "./session.ts";
import { listenForStop } from "./stopping.ts";

export const undoCommand: Command = {
  name: "undo",
  synopsis: "[--allow HAZARDS] [--json]",
  about:
    "Walks back what apply did, newest first: to the start, or to where there is no way back, which it says before it begins.\n" +
    "What was so before apply came is left as it is.",
  options: [
    CONFIG_OPTION,
    { name: "json", help: "one JSON document a line on stdout: each event, then the result" },
    { name: "plan", value: "FILE", help: "the plan beside which the journal lies" },
    ALLOW_OPTION,
    WITHOUT_CLUSTER_OPTION,
  ],
  run: undone,
};

async function undone(args: Arguments, io: Io): Promise<number> {
  const config = loadConfig(configPath(args));
  using stopping = listenForStop(io, "outgrow undo");
  const folder = folderOf(args.text("plan") ?? configPath(args));
  await using session = runSession(args, io, config, folder, stopping.signal);
  await using run = await openRunFor(args, session);
  const back = walkBack(run.ledger.standing(), io.now());
  if (!args.has("json")) io.stderr.write(beforehand(back));
  session.progress.begin(back.steps.map(({ step }) => step));
  const result = await undo(run);
  session.progress[Symbol.dispose]();
  const going = {
    command: "outgrow undo",
    allowed: session.parts.allowed,
    planFile: "plan.json",
    openWays: [],
  };
  io.stdout.write(
    args.has("json")
      ? `${JSON.stringify(result)}\n`
      : runText(result, going, config.cluster.name, paintFor(io.stdout)),
  );
  return exitCodeOf(result.outcome);
}

/** What is about to be taken back, and where it ends. */
function beforehand({ steps, end }: WalkBack): string {
  const ids = steps.map(({ step }) => step.id).join(", ");
  const way = steps.length === 0 ? "Nothing is there to be taken back" : `Takes back ${ids}`;
  return end === null ? `${way}: to the start.\n` : `${way}, and ends at ${end.stepId}: ${end.why}.\n`;
}
