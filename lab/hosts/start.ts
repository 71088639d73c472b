import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { makeKeys, writeSshConfig } from "./access.ts";
import { hostPlans } from "./addresses.ts";
import { execute } from "./execute.ts";
import { glazeFirewallFiles } from "./glaze.ts";
import type { LabHost } from "./host.ts";
import { createMachine, type Machine, type MachineState } from "./machine.ts";
import { createFabric, createTailscale, removeNamespaces, type Tailscale } from "./network.ts";
import { endGroup, type LabNames, newNames, removeFolder, sweep } from "./owner.ts";
import type { SeedFiles } from "./seed.ts";

/** What may differ from Glaze's evening before the move. */
export interface HostsOptions {
  /** More files of the first host's disk, or other ones. */
  readonly prodFiles?: SeedFiles;
  readonly workerFiles?: SeedFiles;
  /** Units that are enabled, and so started at boot; Glaze's firewall when absent. */
  readonly prodUnits?: readonly string[];
  readonly workerUnits?: readonly string[];
  /** Is the new host in the Tailscale network? Without it, it is reached by its public address. */
  readonly workerHasTailscale?: boolean;
}

/** One Linux machine as two hosts and the internet. */
export interface HostsLab extends AsyncDisposable {
  /** `glaze-prod`, with Glaze's firewall. */
  readonly prod: LabHost;
  /** `glaze-worker-1`, fresh. */
  readonly worker: LabHost;
  /** The words that start a command somewhere in the internet. */
  outside(command: string, args: readonly string[]): readonly [string, ...string[]];
  /** The provider's own firewall, which no host sees: loads rules of nft before what a host sends, on `prod0`, `worker0` (public), `prod1` and `worker1` (private). */
  cloudFirewall(rules: string): Promise<void>;
  /** For `ssh -F`: knows both hosts by name; logs in as root, or as `deploy` who has sudo. */
  readonly sshConfigFile: string;
  /** The laboratory's own, gone with it. */
  readonly folder: string;
  snapshot(): Promise<HostsSnapshot>;
  /** Pulls the plug of both hosts and starts them from the disks of then. */
  restore(snapshot: HostsSnapshot): Promise<void>;
}

export interface HostsSnapshot {
  readonly prod: MachineState;
  readonly worker: MachineState;
}

export async function startHosts(options: HostsOptions = {}): Promise<HostsLab> {
  await sweep();
  const names = newNames();
  await using cleanup = new AsyncDisposableStack();
  await mountFolder(names, cleanup);
  const tailscale = cleanup.use(await createTailscale());
  cleanup.defer(() => removeNamespaces(names, ["fabric", "outside"]));
  await createFabric(names);
  cleanup.defer(() => endGroup(names.group));
  const { prod, worker, sshConfigFile } = await createMachines(names, tailscale, options);
  for (const machine of [prod, worker]) cleanup.defer(() => machine.powerOff());
  await together([prod.powerOn("new"), worker.powerOn("new")]);
  const owned = cleanup.move();
  return {
    ...handles(names, prod, worker),
    sshConfigFile,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Waits for all of them, also when one fails: nothing shall still be starting while it is torn down. */
async function together(tasks: readonly Promise<void>[]): Promise<void> {
  for (const result of await Promise.allSettled(tasks)) {
    if (result.status === "rejected") throw result.reason;
  }
}

async function mountFolder({ folder }: LabNames, cleanup: AsyncDisposableStack): Promise<void> {
  mkdirSync(folder);
  cleanup.defer(() => removeFolder(folder));
  await execute("mount", ["-t", "tmpfs", "-o", "mode=0755", "outgrow-lab", folder]);
  mkdirSync(join(folder, "share"));
}

async function createMachines(
  names: LabNames,
  tailscale: Tailscale,
  options: HostsOptions,
): Promise<{ readonly prod: Machine; readonly worker: Machine; readonly sshConfigFile: string }> {
  const { folder } = names;
  const plans = hostPlans(tailscale.address, options.workerHasTailscale ?? false);
  const keys = join(folder, "keys");
  await makeKeys(keys, [plans.prod, plans.worker]);
  const common = { share: join(folder, "share"), keys, names, tailscale };
  return {
    prod: createMachine({
      ...common,
      plan: plans.prod,
      role: "prod",
      folder: join(folder, "prod"),
      files: { ...glazeFirewallFiles, ...options.prodFiles },
      enabled: options.prodUnits ?? ["glaze-firewall.service"],
    }),
    worker: createMachine({
      ...common,
      plan: plans.worker,
      role: "worker",
      folder: join(folder, "worker"),
      files: options.workerFiles ?? {},
      enabled: options.workerUnits ?? [],
    }),
    sshConfigFile: writeSshConfig(keys, names, [plans.prod, plans.worker]),
  };
}

function handles(
  names: LabNames,
  prod: Machine,
  worker: Machine,
): Omit<HostsLab, "sshConfigFile" | typeof Symbol.asyncDispose> {
  const kept = join(names.folder, "kept");
  let count = 0;
  return {
    prod: prod.host,
    worker: worker.host,
    folder: names.folder,
    cloudFirewall: async (rules) => {
      await execute("ip", ["netns", "exec", names.namespace("fabric"), "nft", "-f", "-"], rules);
    },
    outside: (command, args) => [
      "nsenter",
      `--net=/run/netns/${names.namespace("outside")}`,
      "--",
      command,
      ...args,
    ],
    async snapshot() {
      mkdirSync(kept, { recursive: true });
      const place = (machine: string) => join(kept, `${count}-${machine}`);
      const [first, second] = [place("prod"), place("worker")];
      count += 1;
      const states = await Promise.all([prod.keep(first), worker.keep(second)]);
      return { prod: states[0], worker: states[1] };
    },
    async restore(snapshot) {
      await together([prod.restore(snapshot.prod), worker.restore(snapshot.worker)]);
    },
  };
}
