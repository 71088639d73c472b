import { type Chain, ownedByIptables, readRuleset } from "../../audit/firewall/ruleset.ts";
import type { HostFacts } from "../../model/hostFacts.ts";
import { filesFeeding, OWN_FILE } from "../firewall/persisted.ts";
import { withoutOurs } from "../firewall/rules.ts";

/** Rule files of the server that the new host lacks or has not loaded, with the units that load them. Our own table is made anew, not copied. */
export function wallFiles(host: HostFacts, like: HostFacts): readonly string[] {
  const loaded = chainsOf(host).map(nameOf);
  const isLoaded = (path: string) =>
    closingChains(like).every(
      (chain) => !filesFeeding(like, chain).includes(path) || loaded.includes(nameOf(chain)),
    );
  const rules = ruleFiles(like).filter((path) => !isThere(host, like, path) || !isLoaded(path));
  return [...rules, ...unitFiles(like).filter((path) => !isThere(host, like, path))];
}

/** Those that load a rule file at boot. */
export function unitFiles(like: HostFacts): readonly string[] {
  const rules = ruleFiles(like);
  return like.files.flatMap(({ path, text }) =>
    path.endsWith(".service") && rules.some((rule) => text?.includes(rule)) ? [path] : [],
  );
}

/** Those that feed a chain which is loaded and drops something. */
export function ruleFiles(like: HostFacts): readonly string[] {
  const paths = closingChains(like).flatMap((chain) => filesFeeding(like, chain));
  return [...new Set(paths)].filter((path) => path !== OWN_FILE);
}

function closingChains(like: HostFacts): readonly Chain[] {
  return chainsOf(like).filter(
    (chain) =>
      !ownedByIptables(chain) &&
      (chain.base?.policy === "drop" ||
        chain.rules.some(({ expressions }) =>
          expressions.some((each) => JSON.stringify(each) === '{"drop":null}'),
        )),
  );
}

function chainsOf({ nftables }: HostFacts): readonly Chain[] {
  return readRuleset(nftables?.ruleset)?.chains ?? [];
}

function nameOf({ family, table, name }: Chain): string {
  return `${family} ${table} ${name}`;
}

/**
 * As it may be loaded on a host where interfaces come later: `iif "tailscale0"` is looked up when the file is loaded,
 * and the whole file is refused; `iifname` is compared when a packet comes.
 */
export function portable(text: string): string {
  return withoutOurs(text).replace(/\b([io])if\b(?=\s+(?:!=\s*)?["{a-z])/g, "$1ifname");
}

function isThere(host: HostFacts, like: HostFacts, path: string): boolean {
  const text = (facts: HostFacts) => facts.files.find((file) => file.path === path)?.text ?? null;
  const [there, wanted] = [text(host), text(like)];
  return there !== null && wanted !== null && portable(there) === portable(wanted);
}
