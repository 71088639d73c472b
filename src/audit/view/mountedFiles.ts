import type { KubeObject } from "../../model/facts.ts";
import type { ClusterView } from "./cluster.ts";
import { secretTexts } from "./environment.ts";
import type { ObjectIndex } from "./objectIndex.ts";
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

/** A key of a Secret that pods see as a file; its text is told as far as the facts tell it. */
export interface MountedSecret {
  readonly secret: string;
  readonly key: string;
  readonly text: string;
}

export function mountedSecrets(
  { namespace, podSpec }: Workload,
  index: ObjectIndex,
): readonly MountedSecret[] {
  return (podSpec.volumes ?? [])
    .flatMap(({ secret, projected }) => [
      { name: secret?.secretName, items: secret?.items },
      ...(projected?.sources ?? []).map((each) => ({ name: each.secret?.name, items: each.secret?.items })),
    ])
    .flatMap(({ name, items }) => {
      if (name === undefined) return [];
      const texts = Object.entries(secretTexts(namespace, name, index));
      const isSeen = (key: string) => items === undefined || items.some((each) => each.key === key);
      return texts.flatMap(([key, text]) => (isSeen(key) ? [{ secret: name, key, text }] : []));
    });
}
