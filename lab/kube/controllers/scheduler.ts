import { edited, type Fields, read, type Stored } from "../object.ts";
import { builtIn } from "../resources.ts";
import { matchesSelector } from "../selectors.ts";
import { find, list, SCHEDULER, setStatus, timeText, type World } from "../world.ts";
import { isNodeReady } from "./nodes.ts";
import { matchesTerms, repels, toleratesOf, wantsNode } from "./placement.ts";

/** Binds waiting pods to nodes: taints, affinity, local volumes and hard spreading decide, then the emptiest node. Resources are not counted. */
export function scheduler(world: World): void {
  for (const pod of list(world, "pods")) {
    const isWaiting =
      read(pod, "spec", "nodeName") === undefined && pod.metadata.deletionTimestamp === undefined;
    if (isWaiting) place(world, pod);
  }
}

function place(world: World, pod: Stored): void {
  const reasons = new Map<string, number>();
  const fitting = list(world, "nodes").filter((node) => {
    const reason = objection(world, pod, node);
    if (reason !== undefined) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    return reason === undefined;
  });
  const [best] = fitting.toSorted((a, b) => load(world, a) - load(world, b));
  if (best === undefined) {
    wait(world, pod, reasons);
    return;
  }
  const bound = edited(pod, ({ spec }) => {
    (spec as Fields).nodeName = best.metadata.name;
  });
  world.store.put(builtIn("pods"), bound);
}

/** Why a node will not do, in the scheduler's words. */
function objection(world: World, pod: Stored, node: Stored): string | undefined {
  if (!isNodeReady(node)) return "node(s) were not ready";
  if (repels(node, toleratesOf(pod))) return "node(s) had untolerated taint(s)";
  if (!wantsNode(pod, node)) return "node(s) didn't match Pod's node affinity/selector";
  if (!reachesVolumes(world, pod, node)) return "node(s) didn't match PersistentVolume's node affinity";
  if (!leavesAlone(world, pod, node)) return "node(s) didn't match pod anti-affinity rules";
  if (!keepsSpread(world, pod, node)) return "node(s) didn't match pod topology spread constraints";
  return undefined;
}

function reachesVolumes(world: World, pod: Stored, node: Stored): boolean {
  const volumes = read<readonly Fields[]>(pod, "spec", "volumes") ?? [];
  return volumes.every((volume) => {
    const name = read<string>(volume, "persistentVolumeClaim", "claimName");
    if (name === undefined) return true;
    const claim = find(world, "persistentvolumeclaims", pod.metadata.namespace, name);
    if (claim === undefined) return false;
    const bound = find(
      world,
      "persistentvolumes",
      undefined,
      read<string>(claim, "spec", "volumeName") ?? "",
    );
    const terms = read<readonly Fields[]>(bound, "spec", "nodeAffinity", "required", "nodeSelectorTerms");
    return terms === undefined || matchesTerms(terms, node);
  });
}

function leavesAlone(world: World, pod: Stored, node: Stored): boolean {
  const terms =
    read<readonly Fields[]>(
      pod,
      "spec",
      "affinity",
      "podAntiAffinity",
      "requiredDuringSchedulingIgnoredDuringExecution",
    ) ?? [];
  const neighbours = podsOn(world, node, pod.metadata.namespace);
  return terms.every(
    ({ labelSelector }) =>
      !neighbours.some(({ metadata }) => matchesSelector(labelSelector, metadata.labels ?? {})),
  );
}

function keepsSpread(world: World, pod: Stored, node: Stored): boolean {
  const constraints = read<readonly Fields[]>(pod, "spec", "topologySpreadConstraints") ?? [];
  return constraints
    .filter(({ whenUnsatisfiable }) => whenUnsatisfiable === "DoNotSchedule")
    .every(({ labelSelector, maxSkew }) => {
      const counts = list(world, "nodes").map((each) => ({
        name: each.metadata.name,
        count: podsOn(world, each, pod.metadata.namespace).filter(({ metadata }) =>
          matchesSelector(labelSelector, metadata.labels ?? {}),
        ).length,
      }));
      const here = counts.find(({ name }) => name === node.metadata.name)?.count ?? 0;
      return here + 1 - Math.min(...counts.map(({ count }) => count)) <= Number(maxSkew);
    });
}

function podsOn(world: World, node: Stored, namespace?: string): readonly Stored[] {
  return list(world, "pods", namespace).filter((pod) => read(pod, "spec", "nodeName") === node.metadata.name);
}

function load(world: World, node: Stored): number {
  return podsOn(world, node).length;
}

function wait(world: World, pod: Stored, reasons: ReadonlyMap<string, number>): void {
  const count = list(world, "nodes").length;
  const told = [...reasons].map(([reason, times]) => `${times} ${reason}`).join(", ");
  const message = `0/${count} nodes are available: ${told === "" ? "no nodes available to schedule pods" : told}.`;
  if (read(pod, "status", "conditions", 0, "message") === message) return;
  const condition = {
    type: "PodScheduled",
    status: "False",
    lastProbeTime: null,
    lastTransitionTime: timeText(world.now()),
    reason: "Unschedulable",
    message,
  };
  setStatus(
    world,
    "pods",
    pod,
    { phase: "Pending", conditions: [condition] },
    {
      ...SCHEDULER,
      subresource: "status",
    },
  );
}
