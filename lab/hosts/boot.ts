import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { waitFor } from "../waitFor.ts";
import { BOUNDS } from "./labHost.ts";

export interface BootOrder {
  readonly name: string;
  readonly folder: string;
  readonly share: string;
  readonly group: string;
  readonly namespace: string;
  readonly disk: "new" | "kept";
}

const SCRIPT = fileURLToPath(new URL("boot/boot.sh", import.meta.url));

const REPOSITORY = fileURLToPath(new URL("../..", import.meta.url));

/** How a file of the checkout is called on a host. */
export function onHost(file: string): string {
  return file.startsWith(REPOSITORY) ? join("/run/outgrow-repo", file.slice(REPOSITORY.length)) : file;
}

/** Starts a host and waits until its sshd is up; the number of its PID 1 as this machine counts. */
export async function boot({ name, folder, share, group, namespace, disk }: BootOrder): Promise<number> {
  for (const part of ["upper", "work", "root"]) mkdirSync(join(folder, part), { recursive: true });
  mkdirSync(group, { recursive: true });
  const up = join(share, `${name}.up`);
  rmSync(up, { force: true });
  const log = openSync(join(folder, "boot.log"), "w");
  const enter = [
    'echo $$ >"$1/cgroup.procs"; net=$2; shift 2',
    'exec nsenter --net="/run/netns/$net" unshare --mount --uts --ipc --pid --cgroup --fork sh "$@"',
  ].join("\n");
  const words = [
    "-c",
    enter,
    "outgrow-lab-host",
    group,
    namespace,
    SCRIPT,
    folder,
    name,
    share,
    disk,
    BOUNDS,
    REPOSITORY,
  ];
  const child = spawn("sh", words, { detached: true, stdio: ["ignore", log, log] });
  closeSync(log);
  child.unref();
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  const isUp = () => hasEnded() || readFileSync(up) !== undefined;
  await waitFor(`${name} to come up`, () => isUp() || undefined, 20_000, 5);
  if (hasEnded())
    throw new Error(`${name} did not start.\n${readFileSync(join(folder, "boot.log"), "utf8")}`);
  return childOf(child.pid ?? 0);
}

function childOf(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim());
}
