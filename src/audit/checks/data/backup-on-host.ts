import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { dumpEvidence } from "../../view/backup.ts";
import { subjectOf } from "../../view/kube.ts";
import { claimsOf, hostsOf } from "../../view/storage.ts";
import type { Workload } from "../../view/workload.ts";

export const backupOnHost: AuditCheck = {
  id: "data/backup-on-host",
  severity: "warns",
  title: "The backup lies on the host it should save",
  reason:
    "A dump that is written to a local volume or a directory of the host is lost with the host, and its job can run nowhere else. The move begins with a backup that must survive whatever goes wrong with that host.",
  sources: [
    "https://www.postgresql.org/docs/current/backup-dump.html",
    "https://github.com/rancher/local-path-provisioner",
  ],
  find,
};

function find({ cluster, volumes }: AuditContext): readonly Hit[] {
  const local = new Map(
    volumes.flatMap(({ volume, claim }) =>
      claim === null || hostsOf(volume).length === 0
        ? []
        : [[`${claim.namespace}/${claim.name}`, hostsOf(volume).join(", ")]],
    ),
  );
  return cluster.workloads.flatMap((workload) => {
    const dump = dumpEvidence(workload, cluster);
    const kept = dump === null ? [] : keptOn(workload, local);
    if (dump === null || kept.length === 0) return [];
    return [
      {
        subject: subjectOf(workload.object),
        evidence: `${dump}; ${kept.join("; ")}`,
        fix: "Send the dump to object storage instead (rclone rcat, aws s3 cp - s3://…), and fetch one back to see that it can be restored.",
      },
    ];
  });
}

function keptOn(workload: Workload, local: ReadonlyMap<string, string>): readonly string[] {
  const claims = claimsOf(workload).flatMap((claim) => {
    const host = local.get(`${workload.namespace}/${claim}`);
    return host === undefined ? [] : [`PersistentVolumeClaim ${workload.namespace}/${claim} is on ${host}`];
  });
  const paths = (workload.podSpec.volumes ?? []).flatMap(({ hostPath }) =>
    hostPath === undefined ? [] : [`hostPath ${hostPath.path}`],
  );
  return [...claims, ...paths];
}
