import type { ClusterView } from "./cluster.ts";
import { wordsOf } from "./commandLine.ts";
import { type Container, subjectOf } from "./kube.ts";
import { mountedFiles } from "./mountedFiles.ts";
import type { Workload } from "./workload.ts";

const DUMP = /(^|[/\s;|&(])(pg_dump|pg_dumpall|pg_basebackup|wal-g|pgbackrest|barman-cloud-backup)\b/;
const BACKUP_IMAGE = /(^|\/)[\w.-]*(pg-?dump|pg-?backup|postgres(ql)?-backup)[\w.-]*/;

/** How it is known that a CronJob or Job dumps a database: its command, its image, a mounted script. */
export function dumpEvidence(workload: Workload, cluster: ClusterView): string | null {
  if (workload.kind !== "CronJob" && workload.kind !== "Job") return null;
  const evidence = (workload.podSpec.containers ?? []).flatMap(inContainer);
  const scripts = mountedFiles(workload, cluster).flatMap(({ configMap, key, text }) => {
    const dump = DUMP.exec(text)?.[2];
    return dump === undefined ? [] : [`${subjectOf(configMap)}, file ${key}, runs ${dump}`];
  });
  return [...evidence, ...scripts][0] ?? null;
}

function inContainer(container: Container): readonly string[] {
  const dump = wordsOf(container).flatMap((word) => DUMP.exec(word)?.[2] ?? [])[0];
  if (dump !== undefined) return [`container ${container.name} runs ${dump}`];
  return BACKUP_IMAGE.test(container.image ?? "")
    ? [`container ${container.name} runs ${container.image}`]
    : [];
}
