import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { hostname, userInfo } from "node:os";
import { dirname, join } from "node:path";
import { HANDLERS } from "../apply/handlers.ts";
import { openAlone } from "../apply/openAlone.ts";
import { type OpenRun, openRun, type RunParts } from "../apply/openRun.ts";
import { isPassing } from "../apply/retry.ts";
import type { Config } from "../config/config.ts";
import { OutgrowError } from "../model/error.ts";
import type { ProgressNews } from "../model/progress.ts";
import { HAZARDS, type Hazard } from "../model/step.ts";
import { isoInstant } from "../model/time.ts";
import type { Arguments, OptionSpec } from "./arguments.ts";
import { factsFor } from "./factsSource.ts";
import type { Io } from "./io.ts";
import { planFrom } from "./plan.ts";
import { productionWorld } from "./productionWorld.ts";
import { type RunProgress, runProgress } from "./runProgress.ts";

export const ALLOW_OPTION: OptionSpec = {
  name: "allow",
  value: "HAZARDS",
  help: `your word for what may happen: ${Object.keys(HAZARDS).join(", ")}`,
};

export const WITHOUT_CLUSTER_OPTION: OptionSpec = {
  name: "without-cluster",
  help: "without lock and copy: the API is away because of a step of ours, and you vouch that no other run is at work",
};

/** With the lock and the cluster's copy of the journal, or with neither where the user vouches for it. */
export async function openRunFor(args: Arguments, { parts }: RunSession): Promise<OpenRun> {
  return args.has(WITHOUT_CLUSTER_OPTION.name)
    ? openAlone(parts)
    : throughCluster(parts, () => openRun(parts));
}

/** Where the API is away and a journal lies here, the way out is told. */
export async function throughCluster<T>(parts: RunParts, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw isPassing(error) && existsSync(parts.journalFile) ? withWayOut(error as OutgrowError) : error;
  }
}

function withWayOut(error: OutgrowError): OutgrowError {
  return new OutgrowError(error.code, error.message, {
    hint: "If a step of outgrow took the API away, and no other run is at work: outgrow undo --without-cluster (or apply)",
    cause: error,
  });
}

/** What `apply` and `undo` have in common: everything but the deed. */
export interface RunSession extends AsyncDisposable {
  readonly parts: RunParts;
  readonly progress: RunProgress;
}

/** `folder` is where the journal lies: beside the plan, or beside the configuration. */
export function runSession(
  args: Arguments,
  io: Io,
  config: Config,
  folder: string,
  stopping: AbortSignal,
): RunSession {
  const runId = randomBytes(4).toString("hex");
  const stack = new AsyncDisposableStack();
  const progress = stack.use(runProgress(io, args.has("json")));
  const world = stack.use(productionWorld(config, io, stopping, folder));
  const report = (news: ProgressNews) => progress.tell({ at: isoInstant(io.now()), runId, ...news });
  return {
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
