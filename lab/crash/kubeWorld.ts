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
    forgetRuns: () => forgetRuns(kube),
  };
}

export async function forgetRuns(kube: KubeLab): Promise<void> {
  const { objects, ...rest } = await kube.snapshot();
  await kube.restore({ ...rest, objects: objects.filter((object) => !isOfRun(object)) });
}

/** The lock, or a part of the journal's copy. */
function isOfRun({ metadata }: Snapshot["objects"][number]): boolean {
  return /^outgrow(-journal.*)?$/.test(metadata.name);
}

export function lookAt(
  { objects }: Snapshot,
  isMeant: (object: Snapshot["objects"][number]) => boolean = () => true,
): readonly unknown[] {
  return objects
    .filter((object) => isMeant(object) && !isOfRun(object))
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
