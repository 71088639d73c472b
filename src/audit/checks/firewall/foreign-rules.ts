import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { type Chain, isObject, ownedByIptables, type Rule, readRuleset } from "../../firewall/ruleset.ts";
import { ruleText } from "../../firewall/text.ts";

export const foreignRules: AuditCheck = {
  id: "firewall/foreign-rules",
  severity: "blocks",
  title: "Rules of nft lie in a table of iptables",
  reason:
    "kube-proxy and flannel write ip filter and ip nat through iptables-nft, which knows its own chains and expressions only. " +
    "One set, map or chain that nft put there, and k3s stops with \"table `filter' is incompatible, use 'nft' tool\" at its next start. " +
    "The KUBE-, CNI- and FLANNEL- rules themselves are no foreign ones.",
  sources: ["https://github.com/k3s-io/k3s/issues/11415"],
  find,
};

const BUILT_IN = new Set(["PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"]);

function find({ facts }: AuditContext): readonly Hit[] {
  return Object.entries(facts.hosts).flatMap(([name, { nftables, iptables }]) => {
    if (iptables?.backend === "legacy") return [];
    const chains = readRuleset(nftables?.ruleset)?.chains.filter(ownedByIptables) ?? [];
    return chains.flatMap((chain) => foreignIn(chain).map((what) => hitOf(name, chain, what)));
  });
}

/** What iptables-nft could not have written: base chains under other names, and sets inside rules. */
function foreignIn(chain: Chain): readonly string[] {
  const isOwnBase = chain.base !== null && !BUILT_IN.has(chain.name);
  const rules = chain.rules.filter(usesSets).map((rule) => `rule "${ruleText(rule)}"`);
  return isOwnBase ? [`base chain at hook ${chain.base?.hook}`, ...rules] : rules;
}

/** iptables has no anonymous sets, named sets or verdict maps; its own ipsets come as `xt`. */
function usesSets({ expressions }: Rule): boolean {
  return expressions.some((expression) => {
    if (!isObject(expression)) return false;
    if ("vmap" in expression) return true;
    const { match } = expression;
    if (!isObject(match)) return false;
    return (isObject(match.right) && "set" in match.right) || String(match.right).startsWith("@");
  });
}

function hitOf(host: string, { family, table, name }: Chain, what: string): Hit {
  return {
    subject: `host ${host}`,
    evidence: `${family} ${table} ${name}: ${what}`,
    fix: `Move it into a table of your own (table inet hostfw), and take it out of ${family} ${table}: it belongs to iptables.`,
  };
}
