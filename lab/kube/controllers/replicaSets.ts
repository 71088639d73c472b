import { read, type Stored } from "../object.ts";
import { list, setStatus, type World } from "../world.ts";
import { nonZero } from "./counts.ts";
import { isAvailable, isOver, ownPods, startPod, stopPod } from "./pods.ts";

/** As many pods as the set asks for: those that do not serve go first, then the youngest. */
export function replicaSets(world: World): void {
  for (const set of list(world, "replicasets")) {
    if (set.metadata.deletionTimestamp !== undefined) continue;
    const pods = ownPods(world, set).filter((pod) => !isOver(pod));
    const wanted = read<number>(set, "spec", "replicas") ?? 1;
    for (let missing = wanted - pods.length; missing > 0; missing--) startPod(world, set);
    for (const pod of leastUseful(pods).slice(0, Math.max(0, pods.length - wanted))) stopPod(world, pod);
    report(world, set);
  }
}

function leastUseful(pods: readonly Stored[]): readonly Stored[] {
  const rank = (pod: Stored) => (isAvailable(pod) ? 1 : 0);
  return [...pods].sort(
    (a, b) => rank(a) - rank(b) || Number(b.metadata.resourceVersion) - Number(a.metadata.resourceVersion),
  );
}

function report(world: World, set: Stored): void {
  const pods = ownPods(world, set).filter((pod) => !isOver(pod));
  const available = pods.filter(isAvailable).length;
  setStatus(world, "replicasets", set, {
    replicas: pods.length,
    ...nonZero({
      fullyLabeledReplicas: pods.length,
      readyReplicas: available,
      availableReplicas: available,
    }),
    terminatingReplicas: 0,
    observedGeneration: set.metadata.generation,
  });
}
