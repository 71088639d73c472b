import { type Fields, isFields, read, type Stored } from "../object.ts";
import { builtIn } from "../resources.ts";
import { find, KUBELET, list, setStatus, timeText, type World } from "../world.ts";
import { qualityOf } from "../write/admit.ts";
import { isNodeReady } from "./nodes.ts";

/** A pod with this annotation runs and never becomes ready; with the value `Failed` it ends so. */
export const NEVER_READY = "lab.outgrow/never-ready";

/** The nodes' side: bound pods run and are ready after `podStartMs`; deleted ones are gone when their node answers. */
export function kubelets(world: World): void {
  for (const pod of list(world, "pods")) {
    const name = read<string>(pod, "spec", "nodeName");
    if (name === undefined) {
      if (pod.metadata.deletionTimestamp !== undefined) world.store.remove(builtIn("pods"), pod);
      continue;
    }
    const node = find(world, "nodes", undefined, name);
    if (node === undefined) world.store.remove(builtIn("pods"), pod);
    else if (isNodeReady(node)) tend(world, pod, node);
  }
}

function tend(world: World, pod: Stored, node: Stored): void {
  if (pod.metadata.deletionTimestamp !== undefined) {
    world.store.remove(builtIn("pods"), pod);
    return;
  }
  const phase = read<string>(pod, "status", "phase") ?? "Pending";
  if (phase !== "Pending" && !(phase === "Running" && isSlow(world, pod))) return;
  const isSick = pod.metadata.annotations?.[NEVER_READY] !== undefined;
  const wait = Date.parse(pod.metadata.creationTimestamp) + world.podStartMs - world.now().getTime();
  if (phase === "Pending" && wait > 0 && world.podStartMs > 0) {
    world.wakeAfter(wait);
    return;
  }
  setStatus(world, "pods", pod, runningStatus(world, pod, node, !isSick), KUBELET);
}

function isSlow(_: World, pod: Stored): boolean {
  const isSick = pod.metadata.annotations?.[NEVER_READY] !== undefined;
  return !isSick && read(pod, "status", "containerStatuses", 0, "ready") === false;
}

function runningStatus(world: World, pod: Stored, node: Stored, isReady: boolean): Fields {
  const time = timeText(world.now());
  const phase = endOf(pod) ?? "Running";
  const serves = isReady && phase === "Running";
  const podIP = read(pod, "spec", "hostNetwork") === true ? addressOf(node) : freeAddress(world, node);
  const condition = (type: string, isTrue: boolean) => ({
    type,
    status: isTrue ? "True" : "False",
    lastProbeTime: null,
    lastTransitionTime: time,
  });
  return {
    phase,
    conditions: [
      condition("Initialized", true),
      condition("Ready", serves),
      condition("ContainersReady", serves),
      condition("PodScheduled", true),
    ],
    hostIP: addressOf(node),
    podIP,
    podIPs: [{ ip: podIP }],
    startTime: time,
    containerStatuses: (read<readonly Fields[]>(pod, "spec", "containers") ?? []).map(({ name, image }) => ({
      name,
      state: phase === "Running" ? { running: { startedAt: time } } : ended(phase, time),
      lastState: {},
      ready: serves,
      restartCount: 0,
      image,
      imageID: image,
      containerID: "containerd://x",
      started: serves,
    })),
    qosClass: qualityOf(pod),
  };
}

/** A Job's pod ends at once: well, unless its annotation says otherwise. */
function endOf(pod: Stored): "Succeeded" | "Failed" | undefined {
  const isOfJob = (pod.metadata.ownerReferences ?? []).some(({ kind }) => kind === "Job");
  if (!isOfJob) return undefined;
  return pod.metadata.annotations?.[NEVER_READY] === "Failed" ? "Failed" : "Succeeded";
}

function ended(phase: string, time: string): unknown {
  const exitCode = phase === "Succeeded" ? 0 : 1;
  const reason = phase === "Succeeded" ? "Completed" : "Error";
  return { terminated: { exitCode, reason, startedAt: time, finishedAt: time } };
}

export function addressOf(node: Stored): string {
  const addresses = read<readonly Fields[]>(node, "status", "addresses") ?? [];
  const internal = addresses.find(({ type }) => type === "InternalIP");
  return isFields(internal) ? String(internal.address) : "";
}

function freeAddress(world: World, node: Stored): string {
  const prefix = (read<string>(node, "spec", "podCIDR") ?? "10.42.0.0/24").replace(/0\/24$/, "");
  const used = new Set(list(world, "pods").map((pod) => read<string>(pod, "status", "podIP")));
  for (let number = 2; ; number++) if (!used.has(`${prefix}${number}`)) return `${prefix}${number}`;
}
