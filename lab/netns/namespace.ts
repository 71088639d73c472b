import { execFileSync } from "node:child_process";
import { abandoned, PREFIX, unlessGone } from "../abandoned.ts";

/** A network namespace: a host of its own as far as interfaces, addresses and firewalls go. */
export interface Namespace extends Disposable {
  readonly name: string;
  /** Runs a command inside and returns its stdout; throws with its stderr. */
  run(command: string, args: readonly string[], input?: string): string;
  /** The words that start a command inside, for those who keep it running. */
  inside(
    command: string,
    args: readonly string[],
  ): { readonly command: string; readonly args: readonly string[] };
}

let count = 0;

/** Makes one with loopback up; whatever still runs in it is killed when it is disposed. */
export function createNamespace(role: string): Namespace {
  if (count === 0) sweep();
  const name = `${PREFIX}-${process.pid}-${count++}-${role}`;
  ip("netns", "add", name);
  const inside = (command: string, args: readonly string[]) => ({
    command: "ip",
    args: ["netns", "exec", name, command, ...args],
  });
  const run = (command: string, args: readonly string[], input?: string) => {
    const started = inside(command, args);
    return execFileSync(started.command, started.args, {
      encoding: "utf8",
      maxBuffer: 64 * 1024 * 1024,
      ...(input === undefined ? {} : { input }),
    });
  };
  run("ip", ["link", "set", "lo", "up"]);
  return {
    name,
    run,
    inside,
    [Symbol.dispose]: () => remove(name),
  };
}

/** Removes what a laboratory that was killed has left. Others may be sweeping at the same time. */
function sweep(): void {
  const names = ip("netns", "list")
    .split("\n")
    .map((line) => line.split(" ")[0] ?? "");
  for (const name of abandoned(names)) unlessGone(`/run/netns/${name}`, () => remove(name));
}

function remove(name: string): void {
  const pids = ip("netns", "pids", name).split("\n");
  for (const pid of pids.filter((line) => line !== "")) kill(Number(pid));
  ip("netns", "delete", name);
}

/** One end of a cable. */
export interface Plug {
  readonly namespace: Namespace;
  readonly device: string;
  /** `10.0.0.1/24`; the first is the device's own. */
  readonly addresses: readonly string[];
}

/** A virtual Ethernet cable between two namespaces, both ends up. */
export function connect(left: Plug, right: Plug): void {
  const [leftTemporary, rightTemporary] = [temporaryName(), temporaryName()];
  ip("link", "add", leftTemporary, "type", "veth", "peer", "name", rightTemporary);
  plugIn(left, leftTemporary);
  plugIn(right, rightTemporary);
}

function plugIn({ namespace, device, addresses }: Plug, temporary: string): void {
  ip("link", "set", temporary, "netns", namespace.name);
  namespace.run("ip", ["link", "set", temporary, "name", device]);
  for (const address of addresses) {
    // Without duplicate address detection an IPv6 address works at once.
    const flags = address.includes(":") ? ["nodad"] : [];
    namespace.run("ip", ["address", "add", address, "dev", device, ...flags]);
  }
  namespace.run("ip", ["link", "set", device, "up"]);
}

/** Device names have at most 15 characters. */
function temporaryName(): string {
  return `og${process.pid.toString(36)}x${(count++).toString(36)}`;
}

function ip(...args: readonly string[]): string {
  return execFileSync("ip", args, { encoding: "utf8" });
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended by itself.
  }
}
