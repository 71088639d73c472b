import { spawnSync } from "node:child_process";

/** How many timers of a move sleep on this host: of each the shell that sleeps, the leader of its group. */
export function timersOf(id: string): number {
  const { stdout } = spawnSync("pgrep", ["-cf", `^sh -c .*outgrow-timer ${id} `], { encoding: "utf8" });
  return Number(stdout);
}
