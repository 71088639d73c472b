import { existsSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { abandoned, PREFIX, unlessGone } from "../abandoned.ts";
import { waitFor } from "../waitFor.ts";
import { attempt, execute } from "./execute.ts";

/**
 * Everything a laboratory makes outside of its own process carries the process's number in its name:
 * a folder (a tmpfs), a control group, network namespaces, a bridge. So the next one can sweep.
 */
export interface LabNames {
  readonly folder: string;
  readonly group: string;
  namespace(role: string): string;
}

let count = 0;

export function newNames(): LabNames {
  const id = `${PREFIX}-${process.pid}-h${count++}`;
  return {
    folder: join(tmpdir(), `${id}-hosts`),
    group: join(controlGroups(), id),
    namespace: (role) => `${id}-${role}`,
  };
}

/** Bridges have short names, so their owner stands in their alias. */
export const BRIDGE = "ogt";
export function bridgeAlias(): string {
  return `${PREFIX}-${process.pid}`;
}

/** Where the unified hierarchy is mounted: `/sys/fs/cgroup`, or beside the old ones. */
function controlGroups(): string {
  const line = readFileSync("/proc/self/mounts", "utf8")
    .split("\n")
    .find((each) => each.split(" ")[2] === "cgroup2");
  const path = line?.split(" ")[1];
  if (path === undefined) throw new Error("The laboratory's hosts need a mounted cgroup2 hierarchy.");
  return path;
}

/** Kills all that runs in a control group and removes it with those below. */
export async function endGroup(group: string): Promise<void> {
  unlessGone(group, () => writeFileSync(join(group, "cgroup.kill"), "1"));
  const isEmpty = () => readFileSync(join(group, "cgroup.events"), "utf8").includes("populated 0");
  const hasEnded = () => !existsSync(group) || isEmpty() || undefined;
  await waitFor("the processes of a host to end", hasEnded, 20_000, 5);
  removeGroups(group);
}

function removeGroups(group: string): void {
  unlessGone(group, () => {
    for (const entry of readdirSync(group, { withFileTypes: true })) {
      if (entry.isDirectory()) removeGroups(join(group, entry.name));
    }
    rmdirSync(group);
  });
}

export async function removeFolder(folder: string): Promise<void> {
  // A process that has just ended may hold it for a moment: the kernel lets go by itself.
  await attempt("umount", ["--lazy", folder]);
  unlessGone(folder, () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
}

/** Removes what laboratories have left that were killed. Others may be sweeping at the same time. */
export async function sweep(): Promise<void> {
  const groups = controlGroups();
  for (const name of abandoned(readdirSync(groups))) await endGroup(join(groups, name));
  for (const name of abandoned(await namespaces())) {
    await remove(`/run/netns/${name}`, ["netns", "delete", name]);
  }
  for (const { ifname, ifalias = "" } of await bridges()) {
    if (ifname.startsWith(BRIDGE) && abandoned([`${ifalias}-`]).length > 0) {
      await remove(`/sys/class/net/${ifname}`, ["link", "delete", ifname]);
    }
  }
  const folders = readdirSync(tmpdir()).filter((name) => name.endsWith("-hosts"));
  for (const name of abandoned(folders)) await removeFolder(join(tmpdir(), name));
}

/** Removes by a command of `ip` what is to be seen at a path. */
async function remove(path: string, words: readonly string[]): Promise<void> {
  const { code, stderr } = await attempt("ip", words);
  if (code !== 0 && existsSync(path)) throw new Error(`ip ${words.join(" ")} ended with ${code}: ${stderr}`);
}

async function namespaces(): Promise<readonly string[]> {
  const text = await execute("ip", ["netns", "list"]);
  return text.split("\n").map((line) => line.split(" ")[0] ?? "");
}

async function bridges(): Promise<readonly { readonly ifname: string; readonly ifalias?: string }[]> {
  return JSON.parse((await execute("ip", ["-json", "link", "show", "type", "bridge"])) || "[]");
}
