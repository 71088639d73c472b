import { builtIn } from "../resources.ts";
import { list, type World } from "../world.ts";
import { release } from "./garbage.ts";
import { isOver } from "./pods.ts";
import { uses } from "./volumes.ts";

/** `pvc-protection`: a claim that is to go stays while a pod uses it. */
export function claims(world: World): void {
  for (const claim of list(world, "persistentvolumeclaims")) {
    if (claim.metadata.deletionTimestamp === undefined) continue;
    const isUsed = list(world, "pods", claim.metadata.namespace).some(
      (pod) => uses(pod, claim) && !isOver(pod),
    );
    if (!isUsed) release(world, builtIn("persistentvolumeclaims"), claim, "kubernetes.io/pvc-protection");
  }
}
