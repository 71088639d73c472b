import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { collectorsOf } from "../../view/collector.ts";
import { subjectOf } from "../../view/kube.ts";

export const collectorOnOneHost: AuditCheck = {
  id: "observability/collector-on-one-host",
  severity: "warns",
  title: "The collector sees the host it runs on, and no other",
  reason:
    "Receivers of host metrics, of the kubelet and of log files read the host they are on. One collector as a Deployment saw everything while there was one host; when the second joins, half the cluster is not measured, and it may be " +
    "the half the collector has just left. Two installations are needed: a DaemonSet for what is of a host, one Deployment for what is of the cluster.",
  sources: ["https://opentelemetry.io/docs/platforms/kubernetes/getting-started/"],
  find,
};

const OF_A_HOST = ["hostmetrics", "filelog", "kubeletstats", "journald"];

function find(context: AuditContext): readonly Hit[] {
  const collectors = collectorsOf(context);
  const covered = new Set(
    collectors.filter((each) => each.runsOnEveryHost).flatMap(({ receivers }) => receivers),
  );
  return collectors
    .filter(({ runsOnEveryHost }) => !runsOnEveryHost)
    .flatMap(({ object, receivers, file }) => {
      const blind = OF_A_HOST.filter((each) => receivers.includes(each) && !covered.has(each));
      if (blind.length === 0) return [];
      return [
        {
          subject: subjectOf(object),
          evidence: `${file}: ${blind.join(", ")} in a collector that runs once`,
          fix: `Move ${blind.join(", ")} into a second collector, a DaemonSet (Helm: mode: daemonset), and leave the rest in ${subjectOf(object)}.`,
        },
      ];
    });
}
