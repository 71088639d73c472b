import type { KubeObject } from "../../../model/facts.ts";
import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { field, subjectOf } from "../../view/kube.ts";
import { claimTemplates } from "../../view/storage.ts";

export const claimTemplate: AuditCheck = {
  id: "storage/claim-template",
  severity: "warns",
  title: "The chart changes what a StatefulSet may not change",
  reason:
    "`volumeClaimTemplates` of a StatefulSet cannot be changed in place: the API refuses, and `helm upgrade` fails half-way through the release. " +
    "Where the chart's size or class differs from the live one, the next deploy meets this, perhaps in the middle of the move.",
  sources: [
    "https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#volume-claim-templates",
    "https://github.com/kubernetes/enhancements/issues/661",
  ],
  find,
};

function find({ facts, cluster }: AuditContext): readonly Hit[] {
  if (facts.cluster === null) return [];
  return (facts.repository?.objects ?? [])
    .filter(({ kind }) => kind === "StatefulSet")
    .flatMap((rendered) => {
      const { namespace, name } = rendered.metadata;
      const live = cluster.find("StatefulSet", namespace, name);
      const [now, then] = [live, rendered].map((each) => (each === undefined ? "" : textOf(each)));
      return live === undefined || now === then ? [] : [hitOf(live, now ?? "", then ?? "")];
    });
}

function hitOf(live: KubeObject, now: string, then: string): Hit {
  const { namespace = "default", name } = live.metadata;
  return {
    subject: subjectOf(live),
    evidence: `volumeClaimTemplates now: ${now}; in the chart: ${then}`,
    fix: `Give the chart the live values; or delete only the StatefulSet, its pods and claims stay, and deploy: kubectl -n ${namespace} delete statefulset ${name} --cascade=orphan`,
  };
}

/** What may not differ: name, class, size and modes; the API fills in the rest. */
function textOf(object: KubeObject): string {
  return claimTemplates(object)
    .map((template) => {
      const size = field(template, "spec", "resources", "requests", "storage");
      const storageClass = field(template, "spec", "storageClassName") ?? "default class";
      const modes = field(template, "spec", "accessModes");
      const access = Array.isArray(modes) ? modes.join("+") : "";
      return `${field(template, "metadata", "name")} ${size} ${storageClass} ${access}`.trim();
    })
    .join(", ");
}
