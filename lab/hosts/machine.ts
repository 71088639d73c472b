import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { waitFor } from "../waitFor.ts";
import { boot } from "./boot.ts";
import { execute } from "./execute.ts";
import type { HostPlan, LabHost } from "./host.ts";
import { labHost } from "./labHost.ts";
import { plugIn, type Tailscale, unplug } from "./network.ts";
import { endGroup, type LabNames } from "./owner.ts";
import { baseFiles, type SeedFiles, writeSeed } from "./seed.ts";
import { writeUnits } from "./units.ts";

/** What a host's disk held at one moment, what ran, and its firewall. */
export interface MachineState {
  readonly disk: string;
  readonly ruleset: string;
  readonly units: readonly string[];
  /** Its network's links, by name. */
  readonly links: readonly string[];
}

/** A host with its power switch. */
export interface Machine {
  readonly host: LabHost;
  powerOn(disk: "new" | "kept"): Promise<void>;
  /** Pulls the plug: all processes die at once, the disk stays. */
  powerOff(): Promise<void>;
  /** Copies the disk to a folder. */
  keep(folder: string): Promise<MachineState>;
  /** Pulls the plug, puts the disk back, and starts what ran. */
  restore(state: MachineState): Promise<void>;
}

export interface MachineParts {
  readonly plan: HostPlan;
  /** A short name for interfaces and namespaces. */
  readonly role: string;
  readonly folder: string;
  readonly share: string;
  readonly keys: string;
  readonly names: LabNames;
  readonly tailscale: Tailscale;
  readonly files: SeedFiles;
  readonly enabled: readonly string[];
}

export function createMachine(parts: MachineParts): Machine {
  const { plan, role, folder, share, names, tailscale } = parts;
  const [group, namespace] = [join(names.group, role), names.namespace(role)];
  let initPid = 0;
  const host = labHost(plan, namespace, () => initPid);
  install(parts);
  const powerOn = async (disk: "new" | "kept") => {
    await plugIn(names, tailscale, plan, role);
    initPid = await boot({ name: plan.name, folder, share, group, namespace, disk });
  };
  const powerOff = async () => {
    await endGroup(group);
    await unplug(names, tailscale, plan, role);
  };
  return {
    host,
    powerOn,
    powerOff,
    async keep(to) {
      const [ruleset, units, links] = await Promise.all([host.ruleset(), runningUnits(host), linksOf(host)]);
      await execute("cp", ["-a", join(folder, "upper"), to]);
      return { disk: to, ruleset, units, links };
    },
    async restore({ disk, ruleset, units, links }) {
      await powerOff();
      await execute("rm", ["-rf", join(folder, "upper"), join(folder, "work")]);
      await execute("cp", ["-a", disk, join(folder, "upper")]);
      await powerOn("kept");
      await sameUnits(host, units);
      // An agent is active before it has built its network.
      await waitFor(`the network of ${plan.name}`, async () => hasAll(await linksOf(host), links));
      await host.run("nft", ["-f", "-"], `flush ruleset\n${ruleset}`);
    },
  };
}

/** Lays out the first disk. */
function install({ plan, folder, keys, files, enabled }: MachineParts): void {
  mkdirSync(folder);
  writeUnits(join(folder, "units"));
  const seed = join(folder, "seed");
  writeSeed(seed, { ...baseFiles(plan, keys), ...files });
  const wants = join(seed, "etc/systemd/system/multi-user.target.wants");
  mkdirSync(wants, { recursive: true });
  for (const unit of enabled) symlinkSync(`../${unit}`, join(wants, unit));
}

/** What a person or a timer has started and what boots by itself; not the sessions of the moment, nor what no disk knows. */
async function runningUnits(host: LabHost): Promise<readonly string[]> {
  const kinds = "--type=service,timer";
  const text = await host.run("systemctl", ["list-units", kinds, "--state=active", "--plain", "--no-legend"]);
  const transient = (await host.attempt("ls", ["/run/systemd/transient"])).stdout.split("\n");
  return text
    .split("\n")
    .map((line) => line.split(" ")[0] ?? "")
    .filter((unit) => unit !== "" && !unit.startsWith("systemd-") && !transient.includes(unit))
    .sort();
}

async function linksOf(host: LabHost): Promise<readonly string[]> {
  const lines = (await host.run("ip", ["-brief", "link"])).trim().split("\n");
  return lines.map((line) => line.split(/[@ ]/)[0] ?? "");
}

function hasAll(names: readonly string[], wanted: readonly string[]): true | undefined {
  return wanted.every((name) => names.includes(name)) || undefined;
}

/** Enabled is not running: what booted by itself and did not run before is stopped, the rest is started. */
async function sameUnits(host: LabHost, wanted: readonly string[]): Promise<void> {
  const running = await runningUnits(host);
  const [surplus, missing] = [
    running.filter((unit) => !wanted.includes(unit)),
    wanted.filter((unit) => !running.includes(unit)),
  ];
  if (surplus.length > 0) await host.run("systemctl", ["stop", ...surplus]);
  if (missing.length > 0) await host.run("systemctl", ["start", ...missing]);
}
