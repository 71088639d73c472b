import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { deployFiles, quoted, type Statement, statementsOf } from "../../view/deployFiles.ts";

export const rolloutPause: AuditCheck = {
  id: "deploy/rollout-pause",
  severity: "warns",
  title: "The deploy goes one step at a time, for one core",
  reason:
    "kubectl rollout pause, and rollouts that wait for one another, spare a single core from starting everything at once. Over two hosts they " +
    "only make a deploy twice as long, with old and new code side by side all the while; and a run that dies between pause and resume leaves " +
    "the Deployment frozen: no later rollout of the move goes through.",
  sources: [
    "https://kubernetes.io/docs/reference/kubectl/generated/kubectl_rollout/kubectl_rollout_pause/",
    "https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#pausing-and-resuming-a-deployment",
  ],
  find,
};

const PAUSES = /\bkubectl\b.*\brollout\s+pause\b/;
const RESUMES = /\bkubectl\b.*\brollout\s+resume\b/;
/** What sets a new rollout going. */
const STARTS = /\bkubectl\b.*\b(rollout\s+(restart|resume)|set\s+image)\b/;
const WAITS = /\bkubectl\b.*\b(rollout\s+status|wait)\b|^(-\s+run:\s*)?sleep\s+\d/;

function find(context: AuditContext): readonly Hit[] {
  return deployFiles(context).flatMap((file) => {
    const statements = statementsOf(file);
    const lines = slowLines(statements);
    const [first] = lines;
    if (first === undefined) return [];
    return [
      {
        subject: `file ${file.path}`,
        evidence: lines.map(({ at, text }) => `${at.line}: ${quoted(text)}`).join("\n"),
        fix: fixOf(lines, statements),
        at: first.at,
      },
    ];
  });
}

/** Pauses and their resumes; and whatever waits between two rollouts. */
function slowLines(statements: readonly Statement[]): readonly Statement[] {
  const starts = statements.flatMap(({ text }, index) => (STARTS.test(text) ? [index] : []));
  const between = statements.filter(
    ({ text }, index) =>
      WAITS.test(text) && index > (starts[0] ?? Number.POSITIVE_INFINITY) && index < (starts.at(-1) ?? -1),
  );
  const hasPause = statements.some(({ text }) => PAUSES.test(text));
  if (!hasPause && between.length === 0) return [];
  return statements.filter(
    (each) => between.includes(each) || (hasPause && (PAUSES.test(each.text) || RESUMES.test(each.text))),
  );
}

function fixOf(lines: readonly Statement[], statements: readonly Statement[]): string {
  const numbers = lines.map(({ at }) => at.line).join(", ");
  const helm = statements.find(({ text }) => /\bhelm\b.*\bupgrade\b/.test(text));
  const instead =
    helm === undefined
      ? "Start the rollouts together and wait for each at the end: kubectl rollout status."
      : `Add --wait to the helm upgrade of line ${helm.at.line}: it starts the rollouts together and waits for all.`;
  return `Take line${lines.length === 1 ? "" : "s"} ${numbers} out once the second host carries load. ${instead}`;
}
