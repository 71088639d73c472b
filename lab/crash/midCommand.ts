import assert from "node:assert/strict";
import type { Plan } from "../../src/model/plan.ts";
import type { LabHost } from "../hosts/host.ts";
import { tempFolder } from "../temp.ts";
import { waitFor } from "../waitFor.ts";
import { clearStanding, type Leftover, leftoverOn } from "./leftover.ts";
import {
  type CrashWorld,
  createPlace,
  FAST,
  faultOf,
  type MatrixOptions,
  MEMORY,
  PATIENCE_MS,
  type Place,
  thereAndBack,
} from "./matrix.ts";
import type { CrashOrder, Standstill, TracedCommand } from "./order.ts";

export interface MidCommandOptions extends Omit<MatrixOptions, "most"> {
  /** Of the commands of each way, so many, spread evenly; all when absent. */
  readonly most?: number;
  /** Where in each command, as shares of its points from 0 to 1. */
  readonly shares: readonly number[];
}

/** How the run and what it was just doing on a host are parted. */
type Parting =
  /** `kill -9` of the run. Its command lives on, and comes to its end only when everything after it is done. */
  | "killed, lives on"
  /** The connection breaks, the run sees it and ends; its command is hung up and ends there. */
  | "cut, hung up";

interface Crash {
  readonly verb: CrashOrder["verb"];
  readonly way: CrashOrder["verb"];
  readonly at: Standstill;
  readonly name: string;
  readonly parting: Parting;
}

/**
 * Breaks `apply` and `undo` off while a command on a host is at work: at its own commands, not at its sides. Each time the
 * run goes on, and another time goes back, and must end in the worlds of the straight runs. In the end the plan is carried out.
 */
export async function crashMidCommand<Saved>(
  world: CrashWorld<Saved>,
  hosts: readonly LabHost[],
  plan: Plan,
  {
    most,
    phase = 0,
    shares,
    clock = FAST,
    patienceMs = PATIENCE_MS,
    leavesNoTrace = false,
  }: MidCommandOptions,
): Promise<number> {
  using folder = tempFolder("crash", MEMORY);
  const place = createPlace(world, folder.path, plan, clock, patienceMs);
  const counting = { trace: { standAt: null } };
  const { there, back, ...worlds } = await thereAndBack(world, place, leavesNoTrace, counting);
  const left = [
    ...crashesOf("apply", spread(there.commands, most, phase), shares),
    ...crashesOf("undo", spread(back.commands, most, phase), shares),
  ];
  const count = left.length;
  const faults: string[] = [];
  let next: CrashOrder["verb"] = "apply";
  while (left.length > 0 || next === "apply") {
    const index = left.findIndex(({ verb }) => verb === next);
    const [crash = null] = index < 0 ? [] : left.splice(index, 1);
    const way: CrashOrder["verb"] = crash === null ? next : crash.way;
    const isThere: boolean = way === "apply";
    const fault = await faultAfter(crash, way, isThere ? worlds.after : worlds.before, place, world, hosts);
    if (fault !== null) {
      faults.push(fault);
      await place.restore(isThere ? worlds.end : worlds.start);
    }
    next = isThere ? "undo" : "apply";
  }
  assert.equal(faults.length, 0, faults.join("\n\n"));
  return count;
}

/** Crashes, goes the way, lets what is left over come to its end, and looks. `crash` is `null`: only goes the way. */
async function faultAfter<Saved>(
  crash: Crash | null,
  way: CrashOrder["verb"],
  wanted: unknown,
  place: Place<Saved>,
  world: CrashWorld<Saved>,
  hosts: readonly LabHost[],
): Promise<string | null> {
  const what = crash === null ? way : nameOf(crash);
  const leftover = crash === null ? null : await standStill(place, hosts, crash, what);
  const look = async () => {
    await leftover?.wake();
    return await world.look();
  };
  const fault = await faultOf(place.run(way), look, wanted);
  return fault === null ? null : `${what}: ${fault}`;
}

function nameOf({ verb, way, at, name, parting }: Crash): string {
  return `${verb} ${parting} at ${at.point} of ${name}, then ${way}`;
}

/** Each point in both ways; the partings take turns, so that each way knows both. */
function crashesOf(
  verb: CrashOrder["verb"],
  commands: readonly NumberedCommand[],
  shares: readonly number[],
): readonly Crash[] {
  const ways = ["undo", "apply"] as const;
  return commands.flatMap(({ name, number, points }, index) =>
    shares.flatMap((share, turn) =>
      ways.map((way, other): Crash => {
        const at = { command: number, point: 1 + Math.floor(share * points) };
        const parting = PARTINGS[(index + turn + other) % PARTINGS.length] ?? "killed, lives on";
        return { verb, way, at, name, parting };
      }),
    ),
  );
}

const PARTINGS: readonly Parting[] = ["killed, lives on", "cut, hung up"];

interface NumberedCommand extends TracedCommand {
  readonly number: number;
}

function spread(
  commands: readonly TracedCommand[],
  most = commands.length,
  phase: number,
): readonly NumberedCommand[] {
  const numbered = commands.map((command, index) => ({ ...command, number: index + 1 }));
  const count = Math.min(commands.length, most);
  return Array.from({ length: count }, (_, index) => Math.floor(((index + phase) * commands.length) / count))
    .map((index) => numbered[index])
    .filter((command) => command !== undefined);
}

/** Starts a run, waits until a host stands still in the middle of its command, and parts them. */
async function standStill(
  place: Pick<Place<unknown>, "start">,
  hosts: readonly LabHost[],
  { verb, at, parting }: Crash,
  what: string,
): Promise<Leftover> {
  await clearStanding(hosts);
  const child = place.start(verb, at);
  let isOver = false;
  const ended = child.ended.finally(() => {
    isOver = true;
  });
  const look = async () => (isOver ? null : ((await leftoverOn(hosts)) ?? undefined));
  const leftover = await waitFor(what, look, PATIENCE_MS);
  if (leftover === null) assert.fail(`${what}: it ended before: ${JSON.stringify(await ended)}`);
  if (parting === "killed, lives on") child.kill();
  else await leftover.cut();
  await ended;
  if (parting === "cut, hung up") await leftover.end();
  return leftover;
}
