import { randomUUID } from "node:crypto";
import type { HostCommand } from "../../hosts/command.ts";
import { keptFolder, putFile } from "../../hosts/keptFile.ts";
import type { HostSession } from "../../hosts/session.ts";
import { OutgrowError } from "../../model/error.ts";
import type { HostFacts } from "../../model/hostFacts.ts";
import { MINUTE, SECOND } from "../../model/time.ts";
import { callOff, checkRules, confirm, loadGuarded } from "../firewall/guard.ts";
import { filesFeeding, readWhole } from "../firewall/persisted.ts";
import { withRules } from "../firewall/ruleFile.ts";
import { ruleText } from "../firewall/rules.ts";
import { mustRun } from "../mustRun.ts";
import type { StepTask } from "../stepKind.ts";
import { enable } from "./units.ts";
import { portable, ruleFiles, unitFiles } from "./wallFiles.ts";

type Task = StepTask<"node-prepare">;

/**
 * Closes the new host as the server is closed, before k3s opens its ports there. The way we come in by stays open, and the
 * host takes the rules back unless a new connection confirms.
 */
export async function raiseWall(
  task: Task,
  host: HostSession,
  facts: HostFacts,
  like: HostSession,
  likeFacts: HostFacts,
): Promise<void> {
  const { attempt } = task;
  await mustRun(host, callOff(attempt));
  const originals = await Promise.all(ruleFiles(likeFacts).map((path) => readWhole(like, path)));
  const ways = await waysIn(task, host, facts, likeFacts);
  const files = originals.map((file) => ({
    ...file,
    content: withWays(portable(file.content), file.path, likeFacts, ways),
  }));
  if (files.length === 0) return;
  const rules = replacing(files.map(({ content }) => content).join("\n"));
  await mustRun(host, checkRules(rules));
  await mustRun(host, keepTables(attempt, tablesIn(rules)));
  await loadAndConfirm(task, host, rules);
  for (const file of files) await mustRun(host, putFile(attempt, file));
  for (const path of unitFiles(likeFacts)) {
    if (path.startsWith("/etc/")) await mustRun(host, putFile(attempt, await readWhole(like, path)));
    await mustRun(host, enable(path));
  }
}

/** From the server's private address always: that way is there when all others are lost. */
async function waysIn(
  task: Task,
  host: HostSession,
  facts: HostFacts,
  likeFacts: HostFacts,
): Promise<readonly string[]> {
  const { attempt, params } = task;
  const block = facts.addresses.find(({ address }) => address === params.address);
  const server = likeFacts.addresses
    .filter(({ interface: device }) => device === block?.interface)
    .map(({ address }) => address)
    .find((address) => !address.includes(":"));
  const port = await sshPort(host);
  const throughServer =
    server === undefined ? [] : [ruleText({ protocol: "tcp", port, from: [server], device: null }, attempt)];
  const device = params.way === "direct" ? await deviceWeComeBy(host, facts) : null;
  const direct =
    device === null
      ? []
      : [`iifname "${device}" tcp dport ${port} accept comment "outgrow ${attempt}: tcp ${port}"`];
  return [...throughServer, ...direct];
}

/** `10.0.0.1 50000 10.0.0.2 22`, told to whoever logs in. */
async function connection(host: HostSession): Promise<readonly string[]> {
  const said = await mustRun(host, {
    words: ["sh", "-c", 'echo "$SSH_CONNECTION"'],
    as: "login",
    effect: "reads",
  });
  return said.trim().split(" ");
}

async function sshPort(host: HostSession): Promise<number> {
  return Number((await connection(host))[3] ?? 22) || 22;
}

async function deviceWeComeBy(host: HostSession, { addresses }: HostFacts): Promise<string | null> {
  const [, , own] = await connection(host);
  return addresses.find(({ address }) => address === own)?.interface ?? null;
}

function withWays(text: string, path: string, likeFacts: HostFacts, ways: readonly string[]): string {
  const ruleset = likeFacts.nftables?.ruleset as
    | {
        readonly nftables?: readonly {
          readonly chain?: { family: string; table: string; name: string; hook?: string };
        }[];
      }
    | undefined;
  const inputs = (ruleset?.nftables ?? []).flatMap(({ chain }) =>
    chain?.hook === "input" && filesFeeding(likeFacts, chain).includes(path) ? [chain] : [],
  );
  return inputs.reduce((opened, chain) => withRules(opened, chain, ways) ?? opened, text);
}

async function loadAndConfirm(
  { attempt, world, params, say }: Task,
  host: HostSession,
  rules: string,
): Promise<void> {
  const guard = { attempt, id: randomUUID().slice(0, 8), limitMs: MINUTE };
  const deadline = world.now() + guard.limitMs;
  await mustRun(host, loadGuarded(guard, rules, restoreRuleset(attempt)));
  say(`waiting for a new connection to ${params.host}, whose firewall opens again in 60 s otherwise`);
  let cause: unknown;
  while (world.now() < deadline) {
    await using fresh = host.another();
    try {
      await mustRun(fresh, confirm(guard));
      return;
    } catch (error) {
      cause = error;
    }
    await world.sleep(SECOND);
  }
  throw new OutgrowError(
    "verify",
    `${params.host} let no new connection in once it had the server's firewall: it opens again by itself.`,
    {
      hint: `Reach it through the server (ssh: with ProxyJump ${params.like}) or by Tailscale, and name that way in target.hosts.${params.host}.ssh.`,
      cause,
    },
  );
}

/**
 * Loaded as often as one likes, it is there once; and it takes the place of its own tables alone, whatever the file says: on a
 * host that is in use already, `flush ruleset` would wipe out Tailscale's rules.
 */
function replacing(rules: string): string {
  const own = rules.replace(/^[ \t]*flush[ \t]+ruleset[ \t;]*$/gm, "");
  return `${emptied(tablesIn(own))}${own}`;
}

function emptied(tables: readonly string[]): string {
  return tables.map((name) => `table ${name} {}\ndelete table ${name}\n`).join("");
}

/** `inet glaze`; the family is `ip` where none is said. */
function tablesIn(rules: string): readonly string[] {
  const found = rules.matchAll(
    /^[ \t]*table[ \t]+(?:(ip6?|inet|arp|bridge|netdev)[ \t]+)?([\w-]+)[ \t]*\{/gm,
  );
  return [...new Set([...found].map(([, family = "ip", name = ""]) => `${family} ${name}`))];
}

/** What these tables held before, once; and the words that bring it back. */
function keepTables(attempt: string, tables: readonly string[]): HostCommand {
  const script = `set -eu
umask 077
folder=$1; shift
mkdir -p "$folder"
if [ -e "$folder/before.nft" ]; then exit 0; fi
for table in "$@"; do printf 'table %s {}\ndelete table %s\n' "$table" "$table"; done >"$folder/before.new"
for table in "$@"; do nft -s list table $table 2>/dev/null || true; done >>"$folder/before.new"
mv "$folder/before.new" "$folder/before.nft"`;
  return { words: ["sh", "-c", script, "outgrow-keep", keptFolder(attempt), ...tables], effect: "changes" };
}

/** Brings back what the firewall's tables held before. */
export function restoreRuleset(attempt: string): string {
  const kept = `${keptFolder(attempt)}/before.nft`;
  return `if [ -e ${kept} ]; then nft -f ${kept}; fi`;
}
