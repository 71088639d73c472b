import { read, type Stored } from "../object.ts";
import { list, setStatus, type World } from "../world.ts";
import { repels, toleratesOf, wantsNode } from "./placement.ts";
import { isAvailable, ownPods, startPod, stopPod } from "./pods.ts";
import { templateHash } from "./template.ts";

const TOLERATIONS = ["not-ready", "unreachable", "unschedulable", "disk-pressure", "memory-pressure"].map(
  (state) => ({
    key: `node.kubernetes.io/${state}`,
    operator: "Exists",
  }),
);

/** One pod on each node it fits, whatever state the node is in; a new template replaces them one by one. */
export function daemonSets(world: World): void {
  for (const set of list(world, "daemonsets")) {
    if (set.metadata.deletionTimestamp !== undefined) continue;
    const revision = templateHash(read(set, "spec", "template"));
    const nodes = list(world, "nodes").filter((node) => fits(set, node));
    spread(world, set, nodes, revision);
    report(world, set, nodes, revision);
  }
}

function fits(set: Stored, node: Stored): boolean {
  const template = read<Stored>(set, "spec", "template") as Stored;
  const tolerations = [...toleratesOf(template), ...TOLERATIONS];
  return wantsNode(template, node) && !repels(node, tolerations);
}

function spread(world: World, set: Stored, nodes: readonly Stored[], revision: string): void {
  const pods = ownPods(world, set);
  for (const node of nodes) {
    const { name } = node.metadata;
    if (!pods.some((pod) => nodeOf(pod) === name)) {
      const tolerations = [...toleratesOf(read<Stored>(set, "spec", "template") as Stored), ...TOLERATIONS];
      startPod(world, set, {
        labels: { "controller-revision-hash": revision },
        spec: { nodeName: name, tolerations },
      });
    }
  }
  const strays = pods.filter((pod) => !nodes.some(({ metadata }) => metadata.name === nodeOf(pod)));
  for (const pod of strays) stopPod(world, pod);
  const isCalm = pods.every(isAvailable);
  const outdated = pods.find((pod) => pod.metadata.labels?.["controller-revision-hash"] !== revision);
  if (isCalm && outdated !== undefined) stopPod(world, outdated);
}

function report(world: World, set: Stored, nodes: readonly Stored[], revision: string): void {
  const pods = ownPods(world, set);
  const available = pods.filter(isAvailable).length;
  const updated = pods.filter((pod) => pod.metadata.labels?.["controller-revision-hash"] === revision).length;
  setStatus(world, "daemonsets", set, {
    currentNumberScheduled: pods.length,
    numberMisscheduled: 0,
    desiredNumberScheduled: nodes.length,
    numberReady: available,
    observedGeneration: set.metadata.generation,
    updatedNumberScheduled: updated,
    numberAvailable: available,
  });
}

function nodeOf(pod: Stored): string | undefined {
  return read<string>(pod, "spec", "nodeName");
}
