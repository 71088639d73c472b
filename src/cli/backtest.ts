import { writeFileSafely } from "../store/safeFile.ts";
import type { BacktestRun } from "../watch/backtest.ts";
import { runBacktest } from "../watch/backtest.ts";
import type { Arguments } from "./arguments.ts";
import { backtestJson } from "./backtestJson.ts";
import { backtestText } from "./backtestText.ts";
import { CONFIG_OPTION, type Command, JSON_OPTION } from "./command.ts";
import { checkRange, parseInstant } from "./instant.ts";
import type { Io } from "./io.ts";
import { toJson } from "./json.ts";
import { paintFor } from "./paint.ts";
import { createProgress } from "./progress.ts";
import { openSession, type Session } from "./session.ts";

export const backtestCommand: Command = {
  name: "backtest",
  synopsis: "[--from T] [--to T] [--json] [--html FILE]",
  about:
    "When the same rule would have fired over recorded history, and what came near.\n" +
    "T is 2026-11-23, 2026-11-23T14:00:00Z, or 30d for thirty days ago.",
  options: [
    CONFIG_OPTION,
    JSON_OPTION,
    { name: "from", value: "T", help: "the first evaluation (30d)" },
    { name: "to", value: "T", help: "the last one (now)" },
    { name: "html", value: "FILE", help: "also write a page with a strip per signal" },
  ],
  run,
};

async function run(args: Arguments, io: Io): Promise<number> {
  const session = openSession(args, io);
  const result = await replayRange(session, args, io);
  const { config } = session;
  if (args.has("json")) {
    io.stdout.write(toJson(backtestJson(result.backtest)));
  } else {
    const report = {
      clusterName: config.cluster.name,
      trigger: config.trigger,
      backtest: result.backtest,
      unmeasured: result.observed.unmeasured,
    };
    io.stdout.write(backtestText(report, paintFor(io.stdout)));
  }
  const file = args.text("html");
  if (file !== undefined) await writePage(file, session, result, io);
  return 0;
}

async function replayRange({ api, config }: Session, args: Arguments, io: Io): Promise<BacktestRun> {
  const now = io.now();
  const { timeZone } = config.trigger.hours;
  const from = parseInstant("from", args.text("from") ?? "30d", now, timeZone);
  const to = parseInstant("to", args.text("to") ?? "now", now, timeZone);
  checkRange(from, to, now);
  const progress = createProgress(io.stderr, "reading history");
  try {
    return await runBacktest(api, config, from, to, progress.update);
  } finally {
    progress.end();
  }
}

async function writePage(file: string, { config }: Session, run: BacktestRun, io: Io): Promise<void> {
  const { backtestPage } = await import("../web/backtestPage.ts");
  const html = backtestPage({
    clusterName: config.cluster.name,
    ...run.observed,
    backtest: run.backtest,
    generatedAt: io.now(),
  });
  writeFileSafely(file, html);
  io.stderr.write(`wrote ${file}\n`);
}
