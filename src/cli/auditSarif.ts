import { createHash } from "node:crypto";
import { docsOf } from "../audit/audit.ts";
import { CHECKS } from "../audit/checks.ts";
import type { Finding, Severity } from "../model/finding.ts";
import type { AuditReport } from "./auditReport.ts";

const LEVELS: Readonly<Record<Severity, string>> = { blocks: "error", warns: "warning", informs: "note" };

/**
 * SARIF 2.1.0 as GitHub code scanning takes it: every result has a place in the repository, so a finding about a
 * live object or a host stands at the configuration that led to it.
 * https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
 */
export function auditSarif({ findings }: AuditReport, version: string, configFile: string): unknown {
  const rules = CHECKS.filter(({ id }) => findings.some((finding) => finding.id === id));
  const order = new Map(rules.map(({ id }, index) => [id, index]));
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: {
            name: "outgrow",
            semanticVersion: version,
            rules: rules.map(({ id, title, reason, severity }) => ({
              id,
              shortDescription: { text: title },
              fullDescription: { text: reason },
              help: {
                text: reason,
                markdown: `${reason}\n\nSee \`${docsOf(id)}\`, which comes with outgrow.`,
              },
              defaultConfiguration: { level: LEVELS[severity] },
            })),
          },
        },
        results: findings.map((finding) => resultOf(finding, order.get(finding.id) ?? -1, configFile)),
      },
    ],
  };
}

function resultOf(finding: Finding, ruleIndex: number, configFile: string): unknown {
  const { id, severity, subject, evidence, fix, at } = finding;
  return {
    ruleId: id,
    ruleIndex,
    level: LEVELS[severity],
    message: { text: `${subject}: ${evidence}\n\nFix: ${fix}` },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: encodeURI(at?.file ?? configFile), uriBaseId: "%SRCROOT%" },
          region: { startLine: at?.line ?? 1 },
        },
      },
    ],
    // The same finding keeps its number while lines move.
    partialFingerprints: { "outgrowFinding/v1": fingerprint(id, subject) },
  };
}

function fingerprint(id: string, subject: string): string {
  return createHash("sha256").update(`${id}\n${subject}`).digest("hex").slice(0, 32);
}
