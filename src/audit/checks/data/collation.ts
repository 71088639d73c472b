import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { subjectOf } from "../../view/kube.ts";

export const collation: AuditCheck = {
  id: "data/collation",
  severity: "warns",
  title: "Text will be sorted in another order",
  reason:
    "An Alpine image of Postgres sorts text with musl, which knows no language and sorts by bytes; the managed server uses glibc or ICU. A copy that rebuilds its indexes (as a logical one does) is safe, but lists come out in another order, and " +
    "a unique index over a case-insensitive collation may refuse what was accepted. A copy of the files themselves would leave broken indexes behind.",
  sources: [
    "https://wiki.postgresql.org/wiki/Locale_data_changes",
    "https://www.postgresql.org/docs/current/collation.html",
  ],
  find,
};

function find({ stores }: AuditContext): readonly Hit[] {
  return stores
    .filter(({ kind, leavesCluster }) => kind === "postgres" && leavesCluster)
    .flatMap(({ workloads }) => workloads)
    .flatMap(({ object, podSpec }) =>
      (podSpec.containers ?? [])
        .filter(({ image = "" }) => /postg\w*[^/]*alpine/.test(image))
        .map(({ name, image }) => ({
          subject: subjectOf(object),
          evidence: `container ${name}: ${image}`,
          fix: 'Compare before the move how both sort your own text (ORDER BY name of a real table), and move logically, never by copying files. Where the old order is wanted: COLLATE "C".',
        })),
    );
}
