import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { wordsOf } from "../../view/commandLine.ts";
import { subjectOf } from "../../view/kube.ts";

export const sentinelMajority: AuditCheck = {
  id: "data/sentinel-majority",
  severity: "blocks",
  title: "Sentinels that can never agree",
  reason:
    "A failover needs a majority of all Sentinels, not only of those that are left. Two can never outvote one another: when one host is gone, the other Sentinel may not promote anything, " +
    "and to let it alone decide would be a lasting split brain. Three or five are needed, on machines that fail independently; on two hosts one of them always holds the majority.",
  sources: [
    "https://redis.io/docs/latest/operate/oss_and_stack/management/sentinel/",
    "https://docs.celeryq.dev/en/stable/getting-started/backends-and-brokers/redis.html",
  ],
  find,
};

function find({ cluster }: AuditContext): readonly Hit[] {
  return cluster.workloads.flatMap((workload) => {
    const container = (workload.podSpec.containers ?? []).find((each) =>
      wordsOf(each).some((word) => /(^|\/)redis-sentinel$/.test(word) || word === "--sentinel"),
    );
    const voters = workload.replicas ?? 1;
    if (container === undefined || (voters >= 3 && voters % 2 === 1)) return [];
    return [
      {
        subject: subjectOf(workload.object),
        evidence: `container ${container.name} is a Sentinel; ${voters} ${voters === 1 ? "replica" : "replicas"}`,
        fix: "Run three Sentinels on three machines (a third small host may vote and nothing else), or move Redis to a managed store.",
      },
    ];
  });
}
