import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { hostname, userInfo } from "node:os";
import { dirname, join } from "node:path";
import { HANDLERS } from "../apply/handlers.ts";
import { openAlone } from "../apply/openAlone.ts";
import { type OpenRun, openRun, type RunParts } from "../apply/openRun.ts";
import { failureOf, isInterruption, type RunResult } from "../apply/result.ts";
import { isPassing } from "../apply/retry.ts";
import type { Config } from "../config/config.ts";
import { OutgrowError } from "../model/error.ts";
import type { ProgressNews } from "../model/progress.ts";
import { HAZARDS, type Hazard } from "../model/step.ts";
import { isoInstant } from "../model/time.ts";
import type { Arguments, OptionSpec } from "./arguments.ts";
import { factsFor } from "./factsSource.ts";
import type { Io } from "./io.ts";
import { paintFor } from "./paint.ts";
import { planFrom } from "./plan.ts";
import { productionWorld } from "./productionWorld.ts";
import { type RunProgress, runProgress } from "./runProgress.ts";
import { exitCodeOf, type GoingOn, runText } from "./runText.ts";
import { keepHeapSmall } from "./smallHeap.ts";
import { listenForStop } from "./stopping.ts";

export const JSON_OPTION: OptionSpec = {
  name: "json",
  help: "one JSON document a line on stdout: each event, then the result",
};

/** For verbs that go by the journal. */
export const PLAN_OPTION: OptionSpec = {
  name: "plan",
  value: "FILE",
  help: "the plan beside which the journal lies",
};

export const ALLOW_OPTION: OptionSpec = {
  name: "allow",
  value: "HAZARDS",
  help: `your word for what may happen: ${Object.keys(HAZARDS).join(", ")}`,
};

export const WITHOUT_CLUSTER_OPTION: OptionSpec = {
  name: "without-cluster",
  help: "without lock and copy: the API is away because of a step of ours, and you vouch that no other run is at work",
};

const WAY_OUT =
  "If a step of outgrow took the API away, and no other run is at work: outgrow undo --without-cluster (or apply)";

/** With the lock and the cluster's copy of the journal, or with neither where the user vouches for it. */
export async function openRunFor(args: Arguments, { parts }: RunSession, wayOut = WAY_OUT): Promise<OpenRun> {
  return args.has(WITHOUT_CLUSTER_OPTION.name)
    ? openAlone(parts)
    : throughCluster(parts, () => openRun(parts), wayOut);
}

/** Where the API is away and a journal lies here, the way out is told. */
export async function throughCluster<T>(
  parts: RunParts,
  work: () => Promise<T>,
  wayOut = WAY_OUT,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof OutgrowError) || !isPassing(error) || !existsSync(parts.journalFile)) throw error;
    throw new OutgrowError(error.code, error.message, { hint: wayOut, cause: error });
  }
}

/** With `--json` the last line is the result, also of a run that was refused before it began. */
export async function withResultLine(args: Arguments, io: Io, run: () => Promise<number>): Promise<number> {
  try {
    return await run();
  } catch (error) {
    const exitCode = error instanceof OutgrowError ? error.exitCode : 1;
    const outcome = { kind: "refused", failure: failureOf(error) };
    if (args.has("json")) io.stdout.write(`${JSON.stringify({ outcome, exitCode, steps: [] })}\n`);
    throw error;
  }
}

/** How the deed of a verb ended. */
export interface Ended {
  readonly result: RunResult;
  /** What can be taken back for a time, in sentences. */
  readonly openWays: readonly string[];
  /** What else is said of it when it is done, in sentences, and as the result line of `--json` has it. */
  readonly remarks?: readonly string[];
  readonly more?: Readonly<Record<string, unknown>>;
}

/** Does the deed, says how it ended, and gives the exit code. */
export async function concluded(
  { args, io, progress, parts }: RunSession,
  going: Pick<GoingOn, "command" | "planFile" | "canGoBack">,
  deed: () => Promise<Ended>,
): Promise<number> {
  keepHeapSmall();
  const { result, openWays, remarks = [], more } = await orStopped(deed);
  const exitCode = exitCodeOf(result.outcome);
  const { allowed, clusterName } = parts;
  progress[Symbol.dispose]();
  io.stdout.write(
    args.has("json")
      ? `${JSON.stringify({ outcome: result.outcome, exitCode, steps: result.steps, ...more })}\n`
      : runText(result, { ...going, allowed, openWays, remarks }, clusterName, paintFor(io.stdout)),
  );
  return exitCode;
}

/** Ctrl-C before the first step, while the lock is waited for, is a stop like any other. */
async function orStopped(deed: () => Promise<Ended>): Promise<Ended> {
  try {
    return await deed();
  } catch (error) {
    if (isInterruption(error)) return { result: { outcome: { kind: "stopped" }, steps: [] }, openWays: [] };
    throw error;
  }
}

/** What `apply` and `undo` have in common: everything but the deed. */
export interface RunSession extends AsyncDisposable {
  readonly args: Arguments;
  readonly io: Io;
  readonly parts: RunParts;
  readonly progress: RunProgress;
}

/** `folder` is where the journal lies: beside the plan, or beside the configuration. */
export function runSession(
  args: Arguments,
  io: Io,
  config: Config,
  folder: string,
  command: string,
): RunSession {
  const runId = randomBytes(4).toString("hex");
  const stack = new AsyncDisposableStack();
  const progress = stack.use(runProgress(io, args.has("json")));
  const stopping = stack.use(listenForStop(command, progress.say));
  const world = stack.use(productionWorld(config, io, stopping.signal, folder));
  const report = (news: ProgressNews) => progress.tell({ at: isoInstant(io.now()), runId, ...news });
  return {
    args,
    io,
    progress,
    parts: {
      world,
      handlers: HANDLERS,
      replan: async () => planFrom(await factsFor(args, config, io), config, io),
      report,
      allowed: allowedHazards(args),
      clusterName: config.cluster.name,
      journalFile: join(folder, `outgrow-${config.cluster.name}.journal`),
      runId,
      holder: `${userInfo().username}@${hostname()}`,
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

export function folderOf(file: string): string {
  return dirname(file);
}

/** `--allow downtime,data-move`, also given twice. Throws `usage` for a word that is none. */
function allowedHazards(args: Arguments): readonly Hazard[] {
  const known = Object.keys(HAZARDS) as Hazard[];
  return args.texts("allow").flatMap((list) =>
    list.split(",").map((word) => {
      const hazard = known.find((each) => each === word.trim());
      if (hazard !== undefined) return hazard;
      throw new OutgrowError("usage", `There is no hazard ${JSON.stringify(word)}.`, {
        hint: `The hazards are ${known.join(", ")}.`,
      });
    }),
  );
}
