import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import type { Ruleset } from "../../firewall/ruleset.ts";
import { rulesetOf } from "../../view/flows.ts";
import { viewHosts } from "../../view/hosts.ts";
import { overlayPort } from "../../view/ports.ts";

export const flannelRules: AuditCheck = {
  id: "firewall/flannel-rules",
  severity: "warns",
  title: "flannel's own rules are gone",
  reason:
    "flannel writes its masquerading and forwarding rules when it starts and when nodes come or go, and does not look after " +
    "them again. Once something has flushed the ruleset, pods reach the internet and the other host no longer, or by chance.",
  sources: ["https://github.com/flannel-io/flannel/issues/1834"],
  find,
};

function find(context: AuditContext): readonly Hit[] {
  if (overlayPort(context) === null) return [];
  return viewHosts(context).flatMap(({ name, facts }) => {
    const ruleset = rulesetOf(facts);
    if (facts.k3s === null || ruleset === null || hasRules(ruleset)) return [];
    const unit = facts.k3s.role === "server" ? "k3s" : "k3s-agent";
    return [
      {
        subject: `host ${name}`,
        evidence: "The ruleset has neither chain FLANNEL-POSTRTG with a rule nor a table flannel-ipv4",
        fix: `Find what flushed it first (firewall/flush-ruleset), then: systemctl restart ${unit}`,
      },
    ];
  });
}

function hasRules({ chains }: Ruleset): boolean {
  return chains.some(
    ({ table, name, rules }) => rules.length > 0 && (name === "FLANNEL-POSTRTG" || table === "flannel-ipv4"),
  );
}
