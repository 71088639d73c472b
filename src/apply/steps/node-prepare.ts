import { readHostFacts } from "../../hosts/facts/readHostFacts.ts";
import { putFile, restoreFile } from "../../hosts/keptFile.ts";
import type { HostSession } from "../../hosts/session.ts";
import { OutgrowError } from "../../model/error.ts";
import type { HostFacts } from "../../model/hostFacts.ts";
import { callOff } from "../firewall/guard.ts";
import { readWhole } from "../firewall/persisted.ts";
import { mustRun } from "../mustRun.ts";
import { disable, enabledAmong } from "../prepare/units.ts";
import {
  copied,
  hindrance,
  isAlike,
  MODULES_FILE,
  mustHaveAddress,
  SYSCTL_FILE,
  type Unlike,
  unlike,
} from "../prepare/unlike.ts";
import { raiseWall, restoreRuleset } from "../prepare/wall.ts";
import { unitFiles, wallFiles } from "../prepare/wallFiles.ts";
import type { Probe, ProbeTask, StepHandler, StepTask } from "../stepKind.ts";

type Kind = "node-prepare";

/** A new host becomes like the server in what pods and k3s notice; its firewall is closed before k3s opens ports. */
export const nodePrepare: StepHandler<Kind> = {
  describe: ({ params: { host, like } }) =>
    `${host} becomes like ${like}: resolver, registries, kernel, time, firewall`,
  probe,
  run: async (task) => {
    const look = await lookAt(task);
    await copyFiles(task, look);
    await setKernel(task, look);
    if (look.lacks.needsTime)
      await mustRun(look.host, { words: ["timedatectl", "set-ntp", "true"], effect: "changes" });
    if (look.lacks.walls.length > 0) await raiseWall(task, look.host, look.facts, look.like, look.likeFacts);
  },
  verify: async (task) => {
    const { files, walls, sysctl, modules } = (await lookAt(task)).lacks;
    const [left] = [...files, ...walls, ...Object.keys(sysctl), ...modules];
    if (left !== undefined)
      throw new OutgrowError(
        "verify",
        `${task.params.host} still differs from ${task.params.like} in ${left}.`,
      );
    return {};
  },
  undo,
};

interface Look {
  readonly host: HostSession;
  readonly facts: HostFacts;
  readonly like: HostSession;
  readonly likeFacts: HostFacts;
  /** Units of the firewall that start at boot. */
  readonly enabled: readonly string[];
  readonly lacks: Unlike;
}

async function lookAt({ params, world }: Pick<ProbeTask<Kind>, "params" | "world">): Promise<Look> {
  const [host, like] = [await world.host(params.host), await world.host(params.like)];
  const { value: likeFacts } = await readHostFacts(like, world.now);
  const { value: facts } = await readHostFacts(host, world.now, copied(likeFacts));
  const units = unitFiles(likeFacts);
  const enabled = await enabledAmong(host, units);
  const { walls, ...rest } = unlike(facts, likeFacts);
  // What a unit loads that does not start at boot would be gone after the next one.
  const asleep = units.filter((path) => !enabled.includes(path));
  return { host, facts, like, likeFacts, enabled, lacks: { ...rest, walls: [...walls, ...asleep] } };
}

async function probe(task: ProbeTask<Kind>): Promise<Probe<Kind>> {
  const { facts, likeFacts, enabled, lacks } = await lookAt(task);
  mustHaveAddress(task.params.host, facts, task.params.address);
  const blocked = hindrance(task.params.host, facts, likeFacts);
  if (blocked !== null) return { state: "blocked", ...blocked };
  if (isAlike(lacks)) return { state: "done", outputs: {} };
  const sysctl = Object.keys(lacks.sysctl).flatMap((key) => {
    const value = facts.sysctl[key];
    return value === undefined ? [] : [[key, value]];
  });
  return { state: "todo", before: { sysctl: Object.fromEntries(sysctl), enabledUnits: enabled } };
}

/** Whole, secrets of registries too: they go from host to host and into no file here. */
async function copyFiles({ attempt }: StepTask<Kind>, { host, like, lacks }: Look): Promise<void> {
  for (const path of lacks.files) await mustRun(host, putFile(attempt, await readWhole(like, path)));
}

async function setKernel(
  { attempt, before }: StepTask<Kind>,
  { host, likeFacts, lacks: { sysctl, modules } }: Look,
): Promise<void> {
  const file = { mode: "0644", owner: "root:root" };
  if (modules.length > 0) {
    const content = "# Written by outgrow: what k3s needs.\nbr_netfilter\noverlay\nvxlan\n";
    await mustRun(host, putFile(attempt, { ...file, path: MODULES_FILE, content }));
    // A module that is built into the kernel cannot be loaded, and need not be.
    await host.run({ words: ["modprobe", "-a", "br_netfilter", "overlay", "vxlan"], effect: "changes" });
  }
  // What an undo that was cut off has not taken back yet belongs into the file too.
  const keys = new Set([...Object.keys(before.sysctl), ...Object.keys(sysctl)]);
  if (keys.size === 0) return;
  const lines = [...keys].map((key) => `${key} = ${likeFacts.sysctl[key]}\n`);
  await mustRun(host, putFile(attempt, { ...file, path: SYSCTL_FILE, content: lines.join("") }));
  await mustRun(host, { words: ["sysctl", "-q", "-p", SYSCTL_FILE], effect: "changes" });
}

/** First what the probe looks at: cut off anywhere after that, the step is there to be done again, with what it loads. */
async function undo(task: StepTask<Kind>): Promise<void> {
  const { attempt, before, params, world } = task;
  const host = await world.host(params.host);
  const { value: likeFacts } = await readHostFacts(await world.host(params.like), world.now);
  // A timer that still runs would take the firewall away from whoever raises it next.
  await mustRun(host, callOff(attempt));
  const units = unitFiles(likeFacts).filter((path) => !before.enabledUnits.includes(path));
  for (const path of units) await host.run(disable(path));
  for (const [key, value] of Object.entries(before.sysctl)) {
    await mustRun(host, { words: ["sysctl", "-q", "-w", `${key}=${value}`], effect: "changes" });
  }
  const walls = wallFiles({ ...likeFacts, files: [] }, likeFacts);
  const files = unlike({ ...likeFacts, files: [] }, likeFacts).files;
  for (const path of [...walls, ...files, MODULES_FILE, SYSCTL_FILE])
    await mustRun(host, restoreFile(attempt, path));
  await mustRun(host, { words: ["sh", "-c", restoreRuleset(attempt)], effect: "changes" });
  await host.run({ words: ["systemctl", "daemon-reload"], effect: "changes" });
}
