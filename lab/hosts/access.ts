import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execute } from "./execute.ts";
import type { HostPlan } from "./host.ts";
import type { LabNames } from "./owner.ts";

/** The keys of a laboratory: one client, and each host its own. */
export async function makeKeys(folder: string, hosts: readonly HostPlan[]): Promise<void> {
  mkdirSync(folder, { mode: 0o700 });
  const make = (name: string) =>
    execute("ssh-keygen", [
      "-q",
      "-t",
      "ed25519",
      "-N",
      "",
      "-C",
      `${name} of the lab`,
      "-f",
      join(folder, name),
    ]);
  await Promise.all(["client", ...hosts.map(({ name }) => name)].map(make));
}

/**
 * Writes the configuration for `ssh -F`: every host by its name, its host key known. A host in the
 * Tailscale network is reached there; another one by its public address, from outside.
 */
export function writeSshConfig(folder: string, names: LabNames, hosts: readonly HostPlan[]): string {
  const known = hosts.map(({ name }) => `${name} ${readFileSync(join(folder, `${name}.pub`), "utf8")}`);
  writeFileSync(join(folder, "known_hosts"), known.join(""));
  const enter = `nsenter --net=/run/netns/${names.namespace("outside")}`;
  const way = ({ tailscaleAddress, publicAddress }: HostPlan) =>
    tailscaleAddress !== null
      ? [`  HostName ${tailscaleAddress}`]
      : [`  HostName ${publicAddress}`, `  ProxyCommand ${enter} busybox nc %h %p`];
  const entries = hosts.map((host) =>
    [`Host ${host.name}`, ...way(host), `  HostKeyAlias ${host.name}`].join("\n"),
  );
  const common = [
    "Host *",
    "  User root",
    `  IdentityFile ${join(folder, "client")}`,
    "  IdentitiesOnly yes",
    `  UserKnownHostsFile ${join(folder, "known_hosts")}`,
    "  GlobalKnownHostsFile /dev/null",
    "  StrictHostKeyChecking yes",
  ].join("\n");
  const file = join(folder, "config");
  writeFileSync(file, `${[...entries, common].join("\n\n")}\n`);
  return file;
}
