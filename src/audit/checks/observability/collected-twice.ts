import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { collectorsOf } from "../../view/collector.ts";
import { subjectOf } from "../../view/kube.ts";

export const collectedTwice: AuditCheck = {
  id: "observability/collected-twice",
  severity: "warns",
  title: "Each host would report the whole cluster",
  reason:
    "A collector on every host that also asks the API for the whole cluster sends each of those series once for each host. Sums double on the day the second host joins, thresholds are passed that were not, and the bill of the " +
    "metrics provider grows.",
  sources: ["https://opentelemetry.io/docs/platforms/kubernetes/getting-started/"],
  find,
};

const OF_THE_CLUSTER = ["k8s_cluster", "k8sobjects", "k8s_events"];

function find(context: AuditContext): readonly Hit[] {
  return collectorsOf(context)
    .filter(({ runsOnEveryHost }) => runsOnEveryHost)
    .flatMap(({ object, receivers, file }) => {
      const doubled = OF_THE_CLUSTER.filter((each) => receivers.includes(each));
      if (doubled.length === 0) return [];
      return [
        {
          subject: subjectOf(object),
          evidence: `${file}: ${doubled.join(", ")} in a collector that runs on every host`,
          fix: `Move ${doubled.join(", ")} into a collector of one replica (Helm: mode: deployment).`,
        },
      ];
    });
}
