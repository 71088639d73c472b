import type { KubeLab } from "../kube/lab.ts";
import type { Snapshot } from "../kube/store.ts";
import type { CrashWorld } from "./matrix.ts";

/** The cluster's half of a world: every object but the run's own lock and journal. */
export function kubeWorld(kube: KubeLab): CrashWorld<Snapshot> {
  return {
    kubeconfig: kube.kubeconfig,
    sshConfigFile: null,
    save: () => kube.snapshot(),
    load: (snapshot) => kube.restore(snapshot),
    look: async () => lookAt(await kube.snapshot()),
  };
}

export function lookAt(
  { objects }: Snapshot,
  isMeant: (object: Snapshot["objects"][number]) => boolean = () => true,
): readonly unknown[] {
  return objects
    .filter((object) => isMeant(object) && !/^outgrow(-journal.*)?$/.test(object.metadata.name))
    .map(({ metadata, ...rest }) => {
      const {
        resourceVersion: _version,
        generation: _generation,
        managedFields: _fields,
        ...kept
      } = metadata;
      return { ...rest, metadata: kept };
    });
}
