import { docsOf } from "../src/audit/audit.ts";
import type { AuditCheck } from "../src/audit/check.ts";
import type { Finding, Severity } from "../src/model/finding.ts";

const CONSEQUENCES: Readonly<Record<Severity, string>> = {
  blocks: "**Blocks**: the move would fail or lose something.",
  warns: "**Warns**: the move would work, and hurt.",
  informs: "**Informs**: good to know, nothing to do first.",
};

/** The page of one check, with a finding as `outgrow audit` would give it. */
export function checkPage(check: AuditCheck, example: Finding): string {
  return [
    `# ${check.title}`,
    `\`${check.id}\` · ${CONSEQUENCES[check.severity]}`,
    check.reason,
    "## An example",
    `**${example.subject}**${example.severity === check.severity ? "" : ` (${example.severity})`}`,
    `Seen:${codeOf(example.evidence)}`,
    `Do:${codeOf(example.fix)}`,
    "## Sources",
    check.sources.map((source) => `- <${source}>`).join("\n"),
  ]
    .join("\n\n")
    .concat("\n");
}

/** A fenced block: evidence and fixes hold quotes, stars and backticks of their own. */
function codeOf(text: string): string {
  return `\n\n\`\`\`text\n${text}\n\`\`\``;
}

/** Every check by area, with what it says in one line. */
export function indexPage(checks: readonly AuditCheck[]): string {
  const areas = Map.groupBy(checks, ({ id }) => id.slice(0, id.indexOf("/")));
  const sections = [...areas].sort(([a], [b]) => a.localeCompare(b)).map(([area, all]) => section(area, all));
  const intro =
    `What \`outgrow audit\` looks for: ${checks.length} checks. These pages are written by \`npm run docs\` ` +
    "from the checks themselves; each says what bites, how it shows, and where that is known from.";
  return ["# Checks", intro, ...sections, unseen()].join("\n\n").concat("\n");
}

/** What bites on the way to two hosts and no check finds, with the reason: silence about it proves nothing. */
const UNSEEN: readonly (readonly [what: string, why: string])[] = [
  [
    "IPv6 and dual-stack cannot be added to a cluster that runs",
    "whether they are wanted is written nowhere; the move does not touch them",
  ],
  [
    "who keeps a list of the addresses that may call it (payments, mail, partners)",
    "only they know; `network/egress-address` lists whom the product calls, `deploy/host-address` where the old address is written down",
  ],
  [
    "rules of a cloud firewall do not cut connections that exist, so that a test over one of those proves nothing",
    "it is a matter of how to test; `apply` opens new connections",
  ],
  [
    "`k3s check-config` knows ufw and firewalld, and TCP only",
    "a fault of another tool: the ruleset is evaluated here",
  ],
  [
    "labels and taints in an agent's configuration hold only when it registers",
    "a node that runs shows what holds; `apply` sets them before the join",
  ],
  [
    "a password in `/etc/rancher/node` left over on a host that is to join",
    "the file is a secret and is not read; the Secret on the other side is (`join/node-password`)",
  ],
  [
    "where the product's name points in DNS, and for how long resolvers keep it",
    "names are not looked up: what a resolver says here need not be what visitors see; `control/single-ingress` tells of the one address",
  ],
  [
    "HTTP-01 challenges that go to a host whose port 80 is closed",
    "there is one address in DNS until somebody adds the second",
  ],
  [
    "Traefik 2 becomes Traefik 3 with k3s 1.32",
    "only an upgrade does it: `k3s/automatic-upgrade` and `join/version-pin` find those that would happen by themselves",
  ],
  [
    "the first write to the managed database is the point of no return without a copy back",
    "it is a property of the plan, which says so at that step",
  ],
  [
    "a switch of Redis must wait for tasks that are unacknowledged or due later",
    "what is in Redis at that moment is no fact; `data/later-tasks` finds the code that makes such tasks",
  ],
  ["the real size of a local volume", "local-path enforces none; measure it with du"],
  [
    "nft text in a repository that no host has loaded",
    "it is searched (`flush ruleset`, foreign tables, interface names), not evaluated: what it means depends on what else is loaded",
  ],
  [
    "which server a Postgres or Redis outside the cluster is",
    "only addresses are read, never the servers themselves",
  ],
];

function unseen(): string {
  const rows = UNSEEN.map(([what, why]) => `| ${what} | ${why} |`);
  return [
    "## Known, and not looked for",
    ["| what bites | why no check finds it |", "| --- | --- |", ...rows].join("\n"),
  ].join("\n\n");
}

function section(area: string, checks: readonly AuditCheck[]): string {
  const rows = checks
    .toSorted((a, b) => a.id.localeCompare(b.id))
    .map(
      ({ id, severity, title }) =>
        `| [${id}](${docsOf(id).slice("docs/checks/".length)}) | ${severity} | ${title} |`,
    );
  return [`## ${area}`, ["| check | severity | |", "| --- | --- | --- |", ...rows].join("\n")].join("\n\n");
}
