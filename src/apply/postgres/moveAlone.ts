import { OutgrowError } from "../../model/error.ts";
import type { StepOf } from "../../model/step.ts";
import { isoInstant, SECOND } from "../../model/time.ts";
import { endTimers } from "../../postgres/fence/timer.ts";
import type { TargetOrder } from "../../postgres/move/order.ts";
import { type CopyState, lookAtCopy, openCopy } from "../../postgres/move/targetAlone.ts";
import { runNames } from "../../postgres/runNames.ts";
import type { Probe, ProbeTask, StepHandler, StepTask } from "../stepKind.ts";
import { namesSource, switchObstacles, switchToTarget } from "./application.ts";
import { closeDoor, hasCluster, isDoorOpen } from "./door.ts";
import { migrationOrder, switchParts, targetOrder } from "./moveOrder.ts";
import { oldServer } from "./moveTraces.ts";
import { signOfLife } from "./oldServer.ts";
import { openTargetReach } from "./reach.ts";

type Kind = "postgres-move";

/**
 * A move that is half done comes to its end without its old server, which is lost for good: where it is known that the new
 * one has every row it is opened, and the application told. Nothing is opened that was not proved to be whole.
 */
export const moveAlone: StepHandler<Kind> = {
  describe: ({ params: { database, target } }: StepOf<Kind>) =>
    `bring the move of ${database} to its end without the old server: ${target.host} serves`,
  // Once begun never "done": places that say the new address do not tell whether those who read them were restarted.
  probe: async ({ attempt, ...task }) => {
    if (attempt === null) return { state: "done", outputs: {} };
    const begun = { ...task, attempt };
    await using reach = await openTargetReach(task.params, task.world);
    const order = targetOrder(begun, reach.admin);
    const copy = await lookAtCopy(order);
    const isGoingOn = task.begun?.without !== undefined && copy.kind === "serves";
    const why = isGoingOn ? null : await whyNotBegin(begun, order, copy);
    return why ?? { state: "todo", before: task.before ?? {} };
  },
  run: async (task) => {
    const { params, attempt, world } = task;
    {
      await using reach = await openTargetReach(params, world);
      await openCopy({ ...targetOrder(task, reach.admin), ...migrationOrder(task) });
    }
    // Not before: a timer may be all that opens a server again whose hold was never decided.
    await (await world.host(params.source.host)).run(endTimers(runNames(attempt)));
    if (hasCluster(task)) await switchToTarget(switchParts(task));
    await closeDoor(task);
  },
  verify: async (task) => {
    await using reach = await openTargetReach(task.params, task.world);
    const isOpen = (await lookAtCopy(targetOrder(task, reach.admin))).kind === "serves";
    const isTold = isOpen && !(hasCluster(task) && (await namesSource(switchParts(task))));
    if (isTold && !(await isDoorOpen(task))) return {};
    throw new OutgrowError("verify", `The database ${task.params.database} is not wholly moved.`, {
      hint: "Run it again: outgrow finish.",
    });
  },
  undo: async ({ params: { database, target } }) => {
    throw new OutgrowError("blocked", `${database} was left to ${target.host}: there is no way back.`);
  },
};

type Begun = Omit<ProbeTask<Kind>, "attempt"> & Pick<StepTask<Kind>, "attempt">;

/** What speaks against it is seen before anything is opened; what is open goes on. */
async function whyNotBegin(task: Begun, order: TargetOrder, copy: CopyState): Promise<Probe<Kind> | null> {
  const { params } = task;
  // Whoever is alive is told so at once, and no loss.
  const sign = await signOfLife(task, order, { canAsk: hasCluster(task), silenceMs: 0 });
  if (sign !== null) return notLost(task, sign);
  if (copy.kind === "unproved") return notWhole(params);
  if (copy.kind !== "serves" && params.without?.includes("later-rows") !== true)
    return mayMissRows(params, copy);
  const obstacles = hasCluster(task) ? await switchObstacles(switchParts(task)) : [];
  const why = "The application cannot be told its new address";
  if (obstacles.length > 0) return { state: "blocked", why, fix: obstacles.join("\n") };
  // Until the new server serves the way back may stand unread.
  const mayHaveFetched = copy.kind === "serves";
  const late = await signOfLife(task, order, { canAsk: hasCluster(task), mayHaveFetched });
  return late === null ? null : notLost(task, late);
}

type Params = Begun["params"];

function notWhole({ database, source, target }: Params): Probe<Kind> {
  const old = oldServer({ source });
  return {
    state: "blocked",
    why: `The copy of ${database} on ${target.host} was never proved to be whole: rows that ${old} had may be missing, so it is not opened.`,
    fix: [
      `If ${old} runs, go on (outgrow apply) or back (outgrow undo). If it is lost, its backup is the only way: bring it back from there, and take the move back: outgrow undo.`,
      `  Until then what has come over stays in the database ${database} on ${target.host}, should you need to read it.`,
    ].join("\n"),
  };
}

function mayMissRows(params: Params, copy: CopyState & { kind: "proved" | "left" }): Probe<Kind> {
  const { database, source, target } = params;
  const old = oldServer({ source });
  const cluster = hasCluster({ params }) ? "" : " --without-cluster";
  return {
    state: "blocked",
    why: copy.kind === "left" ? wentHome(params) : undecided(params, copy.at),
    fix: [
      `If a backup of ${old} has later rows, bring it back from there, and take the move back: outgrow undo. That drops the copy.`,
      `  If not, ${database} on ${target.host} is what there is: outgrow finish --allow point-of-no-return --old-server-lost --later-rows-lost${cluster}`,
    ].join("\n"),
  };
}

function undecided({ database, driver, holdLimitMs, source, target }: Params, at: number): string {
  const old = oldServer({ source });
  const more =
    driver === "provider" ? " Some may have come all the same; its sequences do not count them." : "";
  return (
    `${target.host} has every row of ${database} up to ${isoInstant(at)}, proved while nobody could write. Whether it was to serve from then on, ` +
    `${old} alone knew; if not, that one took writes again within ${holdLimitMs / SECOND} s, until it was lost, and those rows are not on ${target.host}.${more}`
  );
}

function wentHome({ database, source, target }: Params): string {
  const old = oldServer({ source });
  return `${database} was on its way home: ${target.host} has every row up to the switch back, and none of those that ${old} took since then.`;
}

/** One that has begun is its own plan by now. */
function notLost({ params: { source }, begun }: Begun, sign: string): Probe<Kind> {
  return {
    state: "blocked",
    why: `${oldServer({ source })} is not lost: ${sign}.`,
    fix:
      begun?.without === undefined
        ? "Go on with it: outgrow apply. Or back: outgrow undo"
        : "Go on with it, by the plan that began the move or a new one: outgrow apply plan.json",
  };
}
