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
  return ["# Checks", intro, ...sections].join("\n\n").concat("\n");
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
