import type { KubeObject } from "../../model/facts.ts";
import type { ClusterView } from "./cluster.ts";
import type { Workload } from "./workload.ts";

/** A script or configuration file that a ConfigMap puts into a pod. */
export interface MountedFile {
  readonly configMap: KubeObject;
  readonly key: string;
  readonly text: string;
}

export function mountedFiles({ namespace, podSpec }: Workload, cluster: ClusterView): readonly MountedFile[] {
  return (podSpec.volumes ?? [])
    .flatMap(({ configMap, projected }) => [
      configMap?.name,
      ...(projected?.sources ?? []).map((each) => each.configMap?.name),
    ])
    .flatMap((name) => (name === undefined ? [] : (cluster.find("ConfigMap", namespace, name) ?? [])))
    .flatMap((configMap) =>
      Object.entries(configMap.data ?? {}).flatMap(([key, text]) =>
        typeof text === "string" ? [{ configMap, key, text }] : [],
      ),
    );
}
