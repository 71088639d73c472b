import type { HostCommand } from "../../hosts/command.ts";
import type { HostSession } from "../../hosts/session.ts";
import { mustRun } from "../mustRun.ts";

/** The name systemd knows a unit by: `nftables.service`. */
function unitName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** Those of the units that start at boot; one that is not there does not. */
export async function enabledAmong(host: HostSession, paths: readonly string[]): Promise<readonly string[]> {
  if (paths.length === 0) return [];
  const script = `for unit in "$@"; do if systemctl is-enabled --quiet "$unit" 2>/dev/null; then echo "$unit"; fi; done`;
  const words = ["sh", "-c", script, "outgrow-enabled", ...paths.map(unitName)];
  const said = await mustRun(host, { words, effect: "reads" });
  return paths.filter((path) => said.split("\n").includes(unitName(path)));
}

/** A unit file that was just put is unknown until systemd has read it. */
export function enable(path: string): HostCommand {
  const script = `systemctl daemon-reload && systemctl enable --quiet "$1"`;
  return { words: ["sh", "-c", script, "outgrow-enable", unitName(path)], effect: "changes" };
}

export function disable(path: string): HostCommand {
  return { words: ["systemctl", "disable", "--quiet", unitName(path)], effect: "changes" };
}
