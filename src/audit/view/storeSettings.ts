import type { ClusterView } from "./cluster.ts";
import { optionOf, wordsOf } from "./commandLine.ts";
import { subjectOf } from "./kube.ts";
import { mountedFiles } from "./mountedFiles.ts";
import type { DataStore } from "./stores.ts";
import type { Workload } from "./workload.ts";

/** One setting of a data store, and where it is written. */
export interface StoreSetting {
  readonly value: string;
  readonly subject: string;
  readonly text: string;
}

/**
 * A setting of Redis or Postgres from its command line (`--appendonly yes`, `-c wal_level=logical`) or from a
 * configuration file that a ConfigMap puts into its pod; `null`: the server's default.
 */
export function settingOf({ workloads }: DataStore, key: string, cluster: ClusterView): StoreSetting | null {
  for (const workload of workloads) {
    const found = fromCommand(workload, key) ?? fromFiles(workload, key, cluster);
    if (found !== null) return found;
  }
  return null;
}

function fromCommand({ object, podSpec }: Workload, key: string): StoreSetting | null {
  for (const container of podSpec.containers ?? []) {
    const words = wordsOf(container);
    const assigned = words.find((word) => word.startsWith(`${key}=`) || word.startsWith(`-c${key}=`));
    const value = assigned?.slice(assigned.indexOf("=") + 1) ?? optionOf(words, `--${key}`);
    if (value !== null) {
      return {
        value,
        subject: subjectOf(object),
        text: `container ${container.name}: ${key} ${value} (command)`,
      };
    }
  }
  return null;
}

function fromFiles(workload: Workload, key: string, cluster: ClusterView): StoreSetting | null {
  const line = new RegExp(`^\\s*${key}(\\s*=\\s*|\\s+)'?([\\w-]+)`, "m");
  for (const { configMap, key: file, text } of mountedFiles(workload, cluster)) {
    const found = line.exec(text);
    if (found !== null) {
      return {
        value: found[2] ?? "",
        subject: subjectOf(configMap),
        text: `file ${file}: ${found[0].trim()}`,
      };
    }
  }
  return null;
}
