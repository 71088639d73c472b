import { OutgrowError } from "../../model/error.ts";
import type { StepOf } from "../../model/step.ts";
import { HOUR, MINUTE, type Millis } from "../../model/time.ts";
import { openDatabase } from "../../postgres/database.ts";
import { assertReady } from "../../postgres/move/assertReady.ts";
import { bringBack, carryOver, observe } from "../../postgres/move/move.ts";
import type { MoveNews } from "../../postgres/move/news.ts";
import type { MoveOrder } from "../../postgres/move/order.ts";
import {
  namesSource,
  type SwitchParts,
  switchObstacles,
  switchToSource,
  switchToTarget,
} from "../postgres/application.ts";
import { closeDoor, isDoorOpen, openDoor } from "../postgres/door.ts";
import { openReach, type Reach } from "../postgres/reach.ts";
import type { Probe, ProbeTask, StepHandler, StepTask } from "../stepKind.ts";

type Kind = "postgres-move";

/** After so long without the switch the source lets its writers go on by itself. */
const HOLD_LIMIT: Millis = MINUTE;
const COPY_LIMIT: Millis = 12 * HOUR;
const STALL_LIMIT: Millis = MINUTE;

/**
 * Moves a database while it is written to, proves it row by row, and tells the application. The servers know how
 * far it is (a record on each), so that after any interruption they are asked, and nothing is remembered here.
 */
export const postgresMove: StepHandler<Kind> = {
  describe,
  probe: async (task) => {
    const { attempt } = task;
    return attempt === null ? await probeNew(task) : await probeBegun({ ...task, attempt });
  },
  run: async (task) => {
    await using reach = await openReach(task.params, task.world);
    if (task.params.driver === "subscription") await openDoor(task);
    await carryOver(orderOf(task, reach));
    await closeDoor(task);
  },
  verify: async (task) => {
    const probe = await probeBegun(task);
    if (probe.state === "done") return {};
    throw new OutgrowError("verify", `The database ${task.params.database} is not wholly moved.`, {
      hint: "Go on with outgrow apply, or back with outgrow undo.",
    });
  },
  undo: async (task) => {
    await using reach = await openReach(task.params, task.world);
    await bringBack(orderOf(task, reach));
    await closeDoor(task);
  },
};

function describe({ params: { database, driver, target } }: StepOf<Kind>): string {
  const how = driver === "subscription" ? "while it is written to" : "while nobody can write to it";
  return `move ${database} to ${target.host} ${how}`;
}

/** A name no move has: it is only looked, and what is on the servers under any other is a stranger's. */
const NO_ATTEMPT = "unbegun";

async function probeNew(task: ProbeTask<Kind>): Promise<Probe<Kind>> {
  const begun = { ...task, attempt: NO_ATTEMPT };
  const parts = switchParts(begun);
  if (!(await namesSource(parts))) return { state: "done", outputs: {} };
  const obstacles = await switchObstacles(parts);
  if (obstacles.length > 0) return blocked("the application cannot be told its new address", obstacles);
  await using reach = await openReach(task.params, task.world);
  try {
    await assertReady(orderOf(begun, reach));
  } catch (error) {
    if (!(error instanceof OutgrowError) || error.code !== "blocked") throw error;
    const problems = error.problems.map(({ message, hint }) => `${message} ${hint ?? ""}`);
    return blocked(error.message, problems);
  }
  return { state: "todo", before: {} };
}

function blocked(why: string, problems: readonly string[]): Probe<Kind> {
  return { state: "blocked", why, fix: problems.join("\n") };
}

type Begun = Omit<StepTask<Kind>, "before">;

async function probeBegun(task: Begun): Promise<Probe<Kind>> {
  await using reach = await openReach(task.params, task.world);
  const { source, target } = await observe(orderOf(task, reach));
  const isMoved = source === "closed" && target === "open";
  const isTold = isMoved && !(await namesSource(switchParts(task)));
  return isTold && !(await isDoorOpen(task)) ? { state: "done", outputs: {} } : { state: "todo", before: {} };
}

function orderOf(task: Begun, { source, target, shell }: Reach): MoveOrder {
  const { params, attempt, world, say } = task;
  const parts = switchParts(task);
  return {
    id: attempt,
    database: params.database,
    source,
    target,
    driver: params.driver,
    canReturn: params.canReturn,
    demand: params.demand,
    holdLimitMs: HOLD_LIMIT,
    copyLimitMs: COPY_LIMIT,
    stallLimitMs: STALL_LIMIT,
    application: {
      pointAt: (side) => (side === "target" ? switchToTarget(parts) : switchToSource(parts)),
    },
    shell,
    connect: openDatabase,
    tell: (news) => tell(news, say),
    now: world.now,
  };
}

function switchParts({ params, attempt, world, say }: Begun): SwitchParts {
  const { source, target, application } = params;
  return { source, target, attempt, places: application, world, say };
}

function tell(news: MoveNews, say: Begun["say"]): void {
  if (news.kind === "phase") say(news.phase);
  else if (news.kind === "progress") say(news.text, news.share ?? undefined);
  else say(`${news.phase}: ${Math.round(news.tookMs)} ms`);
}
