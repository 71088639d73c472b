import { join } from "node:path";
import { attempt, execute } from "./execute.ts";
import type { HostPlan, LabHost } from "./host.ts";

const NAMESPACES = ["--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup", "--root", "--wd"];

/** As for everything on a host: the clock and the kernel's modules are the whole machine's. */
export const BOUNDS = "-sys_time,-sys_module,-sys_rawio";

/** The handle of a host whose PID 1 is asked for anew each time: a restore gives it another one. */
export function labHost(plan: HostPlan, namespace: string, initPid: () => number): LabHost {
  const inside = (command: string, args: readonly string[]): readonly [string, ...string[]] => [
    "nsenter",
    "--target",
    String(initPid()),
    ...NAMESPACES,
    "--",
    "setpriv",
    `--bounding-set=${BOUNDS}`,
    command,
    ...args,
  ];
  const run = (command: string, args: readonly string[], input?: string) => {
    const [program, ...words] = inside(command, args);
    return execute(program, words, input);
  };
  return {
    ...plan,
    namespace,
    inside,
    run,
    attempt: (command, args, input) => {
      const [program, ...words] = inside(command, args);
      return attempt(program, words, input);
    },
    path: (file) => join(`/proc/${initPid()}/root`, file),
    ruleset: () => run("nft", ["list", "ruleset"]),
  };
}
