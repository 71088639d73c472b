import { type ErrorCode, OutgrowError } from "../../model/error.ts";
import type { OutputsOf, StepOf } from "../../model/step.ts";
import { assertReady } from "../../postgres/move/assertReady.ts";
import { bringBack, carryOver, isHalfwayHome, isSettled, observe } from "../../postgres/move/move.ts";
import { watchReturn } from "../../postgres/move/watchReturn.ts";
import { namesSource, switchObstacles } from "../postgres/application.ts";
import { closeDoor, isDoorOpen, openDoor, planDoor, withDoor } from "../postgres/door.ts";
import { moveAlone } from "../postgres/moveAlone.ts";
import { moveOrder, switchParts } from "../postgres/moveOrder.ts";
import { openReach } from "../postgres/reach.ts";
import type { Probe, ProbeTask, StepHandler, StepTask } from "../stepKind.ts";

type Kind = "postgres-move";

/** By both servers, or by the new one alone where `finish` has planned it so. */
export const postgresMove: StepHandler<Kind> = {
  describe: (step) => handlerFor(step).describe(step),
  probe: (task) => handlerFor(task).probe(task),
  run: (task) => handlerFor(task).run(task),
  verify: (task) => handlerFor(task).verify(task),
  undo: (task) => handlerFor(task).undo(task),
};

function handlerFor({ params }: Pick<StepTask<Kind>, "params">): StepHandler<Kind> {
  return params.without === undefined ? moveTogether : moveAlone;
}

/**
 * Moves a database while it is written to, proves it row by row, and tells the application. The servers know how
 * far it is (a record on each), so that after any interruption they are asked, and nothing is remembered here.
 */
const moveTogether: StepHandler<Kind> = {
  describe,
  probe: async (task) => {
    const { attempt } = task;
    if (attempt === null) return await probeNew(task);
    return await orLost(() => probeBegun({ ...task, attempt }));
  },
  run: async (task) => {
    await using reach = await openReach(task.params, task.world);
    if (task.params.driver !== "offline") await openDoor(task);
    try {
      await carryOver(moveOrder(task, reach));
      await closeDoor(task);
    } catch (error) {
      // The subscription on the target goes on dialing, and whoever goes on needs it: it stays.
      throw task.params.driver === "offline" ? error : withDoor(error, task);
    }
  },
  verify: async (task) => {
    const probe = await probeBegun(task);
    if (probe.state === "done") return await lookBack(task);
    throw new OutgrowError("verify", `The database ${task.params.database} is not wholly moved.`, {
      hint: "Go on with outgrow apply, or back with outgrow undo.",
    });
  },
  undo: async (task) => {
    await using reach = await orLost(() => openReach(task.params, task.world));
    const order = moveOrder(task, reach);
    await orLost(() => observe(order));
    await bringBack(order);
    await closeDoor(task);
  },
};

const LOST: readonly ErrorCode[] = ["unreachable", "timeout", "not-found"];

/** Who cannot go on, nor back, since a server does not answer is told of the way that is left. */
async function orLost<T>(deed: () => Promise<T>): Promise<T> {
  try {
    return await deed();
  } catch (error) {
    if (!(error instanceof OutgrowError) || !LOST.includes(error.code)) throw error;
    const { code, message, hint, cause } = error;
    const way = "If the old server is lost for good: outgrow finish --old-server-lost.";
    throw new OutgrowError(code, message, { hint: hint === undefined ? way : `${hint} ${way}`, cause });
  }
}

/** The new server has every row by now: that none comes back is told, and takes nothing back. */
async function lookBack(task: StepTask<Kind>): Promise<OutputsOf<Kind>> {
  if (!task.params.canReturn) return {};
  await using reach = await openReach(task.params, task.world);
  const wayBack = await watchReturn(moveOrder(task, reach));
  return wayBack === null ? {} : { wayBack };
}

function describe({ params: { database, driver, target } }: StepOf<Kind>): string {
  const how = driver === "offline" ? "while nobody can write to it" : "while it is written to";
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
  const plan = await planDoor(task);
  if (!("door" in plan)) return { state: "blocked", ...plan };
  await using reach = await openReach(task.params, task.world);
  try {
    await assertReady(moveOrder(begun, reach));
  } catch (error) {
    if (!(error instanceof OutgrowError) || error.code !== "blocked") throw error;
    const problems = error.problems.map(({ message, hint }) => `${message} ${hint ?? ""}`);
    return blocked(error.message, problems);
  }
  return { state: "todo", before: { door: plan.door } };
}

function blocked(why: string, problems: readonly string[]): Probe<Kind> {
  return { state: "blocked", why, fix: problems.join("\n") };
}

type Begun = Omit<ProbeTask<Kind>, "attempt"> & { readonly attempt: string };

async function probeBegun(task: Begun): Promise<Probe<Kind>> {
  await using reach = await openReach(task.params, task.world);
  const order = moveOrder(task, reach);
  const { source, target } = await observe(order);
  const isMoved = source === "closed" && target === "open" && !(await isHalfwayHome(order));
  const isTold = isMoved && (await isSettled(order)) && !(await namesSource(switchParts(task)));
  if (isTold && !(await isDoorOpen(task))) return { state: "done", outputs: {} };
  return { state: "todo", before: task.before ?? {} };
}
