import { type Fields, isOwnedBy, ownerOf, read, type Stored } from "../object.ts";
import { builtIn } from "../resources.ts";
import { add, list, type World } from "../world.ts";
import { suffix } from "../write/create.ts";
import { isReady } from "../write/evict.ts";
import { discard } from "../write/remove.ts";
import { podFrom } from "./template.ts";

/** Whether a pod counts as serving. `minReadySeconds` is taken as 0. */
export function isAvailable(pod: Stored): boolean {
  return isReady(pod) && pod.metadata.deletionTimestamp === undefined;
}

export function isOver(pod: Stored): boolean {
  return ["Succeeded", "Failed"].includes(read<string>(pod, "status", "phase") ?? "");
}

/** The pods an object owns that are not on their way out. */
export function ownPods(world: World, owner: Stored): readonly Stored[] {
  return list(world, "pods", owner.metadata.namespace).filter(
    (pod) => isOwnedBy(pod, owner) && pod.metadata.deletionTimestamp === undefined,
  );
}

/** Creates a pod from its owner's template; without a name it gets a generated one. */
export function startPod(
  world: World,
  owner: Stored,
  more: { readonly name?: string; readonly labels?: Fields; readonly spec?: Fields } = {},
): Stored {
  const { metadata, spec } = podFrom(read(owner, "spec", "template"));
  const { name, namespace } = owner.metadata;
  return add(world, "pods", {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      ...metadata,
      name: more.name ?? `${name}-${suffix()}`,
      generateName: `${name}-`,
      ...(namespace === undefined ? {} : { namespace }),
      labels: { ...((metadata.labels ?? {}) as Fields), ...more.labels } as Record<string, string>,
      ownerReferences: [ownerOf(owner)],
    },
    spec: { ...spec, ...more.spec },
  });
}

export function stopPod(world: World, pod: Stored): void {
  discard(world, builtIn("pods"), pod);
}
