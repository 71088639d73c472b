import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";

export const noData: AuditCheck = {
  id: "signals/no-data",
  severity: "warns",
  title: "A threshold that nothing can cross",
  reason:
    "A signal without data is never sustained: the rule waits for the others, and the trigger may never fire, or fire late. Better to know " +
    "it now than to wonder in half a year why nobody was told. The same goes for a histogram without a bound near the threshold.",
  sources: ["https://prometheus.io/docs/practices/histograms/#errors-of-quantile-estimation"],
  find,
};

function find({ facts }: AuditContext): readonly Hit[] {
  return (facts.signals ?? []).flatMap(({ id, source, why, fix }) => {
    if (source !== null && why === null) return [];
    const from = source === null ? "no data" : `from ${source}`;
    return [
      {
        subject: `signal ${id}`,
        evidence: why === null ? from : `${from}: ${why}`,
        fix: fix ?? `Set ${id}: off in outgrow.yaml if it is not wanted.`,
      },
    ];
  });
}
