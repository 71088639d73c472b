import type { HostCommand } from "../../hosts/command.ts";
import { commandFailed } from "../../hosts/commandFailure.ts";
import type { HostSession } from "../../hosts/session.ts";
import type { HostFacts } from "../../model/hostFacts.ts";
import type { FirewallChain } from "../../model/steps/firewall-open.ts";
import { feeds } from "./ruleFile.ts";

/** The files a chain is loaded from at boot, among those that were found. */
export function filesFeeding({ files }: HostFacts, chain: FirewallChain): readonly string[] {
  return files.flatMap(({ path, text }) => (text !== null && feeds(text, chain) ? [path] : []));
}

/** A file as it is, to be written again: facts are redacted and may be cut. */
export interface WholeFile {
  readonly path: string;
  readonly content: string;
  readonly mode: string;
  readonly owner: string;
}

export async function readWhole(session: HostSession, path: string): Promise<WholeFile> {
  const script = `stat -L -c '%a %U:%G' "$1" && cat "$1"`;
  const command: HostCommand = { words: ["sh", "-c", script, "outgrow-read", path], effect: "reads" };
  const result = await session.run(command);
  const end = result.stdout.indexOf("\n");
  const [mode = "", owner = ""] = result.stdout.slice(0, end).split(" ");
  if (result.code !== 0) throw commandFailed(session.name, command, result);
  return { path, content: result.stdout.slice(end + 1), mode: mode.padStart(4, "0"), owner };
}

/** Our own table is a file of ours, and a unit that loads it once nftables has loaded the rest. */
export const OWN_FILE = "/etc/outgrow/firewall.nft";
export const OWN_UNIT = "/etc/systemd/system/outgrow-firewall.service";

export const OWN_UNIT_TEXT = `[Unit]
Description=Lets the other hosts of the cluster in
Documentation=https://docs.k3s.io/installation/requirements#networking
# nftables.service may begin with "flush ruleset": load after it, and again whenever it does.
After=nftables.service
PartOf=nftables.service
Before=k3s.service k3s-agent.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/sbin/nft -f ${OWN_FILE}
ExecReload=/usr/sbin/nft -f ${OWN_FILE}

[Install]
WantedBy=multi-user.target nftables.service
`;
