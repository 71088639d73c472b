import type { HostCommand } from "../../hosts/command.ts";
import { keptFolder } from "../../hosts/keptFile.ts";
import type { FirewallChain } from "../../model/steps/firewall-open.ts";
import { type Millis, SECOND } from "../../model/time.ts";
import { chainText, OWN_TABLE } from "./rules.ts";

/**
 * The dead man's hand: the host itself takes the rules back when no new connection has said in time that it
 * still gets in. It holds no ruleset to restore as a whole, which would wipe out what kube-proxy has written
 * meanwhile: it takes out exactly what this attempt has put in.
 */
export interface Guard {
  readonly attempt: string;
  /** Names this start of the timer; another start never listens to it. */
  readonly id: string;
  readonly limitMs: Millis;
}

function folderOf({ attempt, id }: Guard): string {
  return `${keptFolder(attempt)}/guard-${id}`;
}

/** Looks whether nft would take a file, and loads nothing. */
export function checkRules(rules: string): HostCommand {
  return { words: ["nft", "-c", "-f", "-"], input: rules, effect: "reads" };
}

/** Calls off what timers an interrupted run has left, so that none of them takes new rules for its own. */
export function callOff(attempt: string): HostCommand {
  const script =
    'for guard in "$1"/guard-*; do if [ -d "$guard" ]; then mkdir "$guard/decision" 2>/dev/null || true; fi; done';
  return { words: ["sh", "-c", script, "outgrow-call-off", keptFolder(attempt)], effect: "changes" };
}

/** Starts the timer, then loads the rules in one transaction; when nft refuses them the timer is called off. */
export function loadGuarded(guard: Guard, rules: string, undo: string): HostCommand {
  const seconds = String(Math.ceil(guard.limitMs / SECOND));
  const bytes = String(Buffer.byteLength(rules));
  return {
    words: ["sh", "-c", LOAD, "outgrow-guard", folderOf(guard), seconds, undo, bytes],
    input: rules,
    effect: "changes",
  };
}

/** Sent over a connection that is new: whoever makes this folder first, we or the timer, decides. */
export function confirm(guard: Guard): HostCommand {
  return { words: ["mkdir", `${folderOf(guard)}/decision`], effect: "changes" };
}

const LOAD = `set -eu
umask 077
folder=$1 limit=$2 undo=$3 bytes=$4
mkdir -p "$folder"
cat >"$folder/rules.nft"
if [ "$(wc -c <"$folder/rules.nft" | tr -d ' ')" != "$bytes" ]; then echo "the rules were cut off on their way" >&2; exit 75; fi
printf '%s\\n' "$undo" >"$folder/undo.sh"
cat >"$folder/timer.sh" <<'TIMER'
sleep "$1"
if mkdir "$2/decision" 2>/dev/null; then sh "$2/undo.sh" >"$2/undo.log" 2>&1; touch "$2/undone"; fi
TIMER
if [ -d /run/systemd/system ] && command -v systemd-run >/dev/null; then
  systemd-run --quiet --collect --unit="outgrow-$(basename "$folder")" sh "$folder/timer.sh" "$limit" "$folder"
else
  setsid sh "$folder/timer.sh" "$limit" "$folder" </dev/null >/dev/null 2>&1 &
fi
if ! nft -f "$folder/rules.nft"; then mkdir "$folder/decision"; exit 1; fi
`;

/** A script for the host: the attempt's rules go from these chains, in one transaction. Does nothing when there are none. */
export function takeBackRules(chains: readonly FirewallChain[], attempt: string): string {
  const lists = chains.map((chain) => {
    const deletion = `s/.* comment "outgrow ${attempt}: .*# handle \\([0-9]*\\)$/delete rule ${sedText(chainText(chain))} handle \\1/p`;
    return `nft -a list chain ${chainText(chain)} 2>/dev/null | sed -n '${deletion}'`;
  });
  return `{ ${lists.join("; ")}; } | nft -f -`;
}

/** The same for our own table: it goes, and the one an earlier attempt had left comes back. */
export function takeBackTable(attempt: string): string {
  const kept = `${keptFolder(attempt)}/own-table.nft`;
  const gone = `table inet ${OWN_TABLE} {}\\ndelete table inet ${OWN_TABLE}\\n`;
  return `{ printf '${gone}'; if [ -e ${kept} ]; then cat ${kept}; fi; } | nft -f -`;
}

/** Keeps our own table as an earlier attempt has left it, once. */
export function keepTable(attempt: string): HostCommand {
  return { words: ["sh", "-c", KEEP, "outgrow-keep", keptFolder(attempt)], effect: "changes" };
}

const KEEP = `set -eu
umask 077
mkdir -p "$1"
if [ -e "$1/own-table.seen" ]; then exit 0; fi
if nft list table inet ${OWN_TABLE} >"$1/own-table.new" 2>/dev/null; then mv "$1/own-table.new" "$1/own-table.nft"
else rm -f "$1/own-table.new"; fi
touch "$1/own-table.seen"
`;

function sedText(text: string): string {
  return text.replace(/[/&\\]/g, "\\$&");
}
