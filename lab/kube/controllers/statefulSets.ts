import { type Fields, isOwnedBy, read, type Stored } from "../object.ts";
import { add, find, list, setStatus, type World } from "../world.ts";
import { nonZero } from "./counts.ts";
import { isAvailable, ownPods, startPod, stopPod } from "./pods.ts";
import { templateHash } from "./template.ts";

/** Numbered pods with their claims, one after another; a new template replaces them from the last one down. */
export function statefulSets(world: World): void {
  for (const set of list(world, "statefulsets")) {
    if (set.metadata.deletionTimestamp !== undefined) continue;
    const revision = `${set.metadata.name}-${templateHash(read(set, "spec", "template"))}`;
    step(world, set, revision);
    report(world, set, revision);
  }
}

/** At most one pod is started or stopped at a time, and only while its neighbours are well. */
function step(world: World, set: Stored, revision: string): void {
  const replicas = read<number>(set, "spec", "replicas") ?? 1;
  const pods = everyPod(world, set);
  const beyond = pods.filter((pod) => ordinalOf(pod) >= replicas);
  if (beyond.length > 0) {
    stopLast(world, beyond);
    return;
  }
  for (let ordinal = 0; ordinal < replicas; ordinal++) {
    const pod = pods.find((each) => ordinalOf(each) === ordinal);
    if (pod !== undefined && isAvailable(pod)) continue;
    if (pod === undefined) start(world, set, ordinal, revision);
    else replaceBroken(world, pod, revision);
    return;
  }
  const outdated = pods.filter((pod) => revisionOf(pod) !== revision);
  const isRolling = read(set, "spec", "updateStrategy", "type") !== "OnDelete";
  const partition = read<number>(set, "spec", "updateStrategy", "rollingUpdate", "partition") ?? 0;
  const due = outdated.filter((pod) => ordinalOf(pod) >= partition);
  if (isRolling && due.length > 0) stopLast(world, due);
}

function stopLast(world: World, pods: readonly Stored[]): void {
  const last = pods.toSorted((a, b) => ordinalOf(b) - ordinalOf(a))[0];
  if (last !== undefined && last.metadata.deletionTimestamp === undefined) stopPod(world, last);
}

/** A pod that does not serve is only replaced when it is of an older template. */
function replaceBroken(world: World, pod: Stored, revision: string): void {
  const isLeaving = pod.metadata.deletionTimestamp !== undefined;
  if (!isLeaving && revisionOf(pod) !== revision) stopPod(world, pod);
}

function start(world: World, set: Stored, ordinal: number, revision: string): void {
  const name = `${set.metadata.name}-${ordinal}`;
  const claims = read<readonly Stored[]>(set, "spec", "volumeClaimTemplates") ?? [];
  for (const claim of claims) ensureClaim(world, set, claim, name);
  const volumes = [
    ...claims.map(({ metadata }) => ({
      name: metadata.name,
      persistentVolumeClaim: { claimName: `${metadata.name}-${name}` },
    })),
    ...(read<readonly Fields[]>(set, "spec", "template", "spec", "volumes") ?? []),
  ];
  const serviceName = read<string>(set, "spec", "serviceName") ?? "";
  startPod(world, set, {
    name,
    labels: {
      "apps.kubernetes.io/pod-index": String(ordinal),
      "controller-revision-hash": revision,
      "statefulset.kubernetes.io/pod-name": name,
    },
    spec: {
      ...(volumes.length === 0 ? {} : { volumes }),
      hostname: name,
      ...(serviceName === "" ? {} : { subdomain: serviceName }),
    },
  });
}

function ensureClaim(world: World, set: Stored, template: Stored, pod: string): void {
  const { namespace } = set.metadata;
  const name = `${template.metadata.name}-${pod}`;
  if (find(world, "persistentvolumeclaims", namespace, name) !== undefined) return;
  const labels = read<Record<string, string>>(set, "spec", "selector", "matchLabels") ?? {};
  add(world, "persistentvolumeclaims", {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: {
      ...template.metadata,
      name,
      ...(namespace === undefined ? {} : { namespace }),
      labels: { ...template.metadata.labels, ...labels },
    },
    spec: structuredClone(template.spec),
  });
}

function report(world: World, set: Stored, revision: string): void {
  const pods = ownPods(world, set);
  const ready = pods.filter(isAvailable).length;
  const updated = pods.filter((pod) => revisionOf(pod) === revision).length;
  const isDone = updated === (read<number>(set, "spec", "replicas") ?? 1);
  const current = isDone ? revision : (read<string>(set, "status", "currentRevision") ?? revision);
  setStatus(world, "statefulsets", set, {
    observedGeneration: set.metadata.generation,
    replicas: pods.length,
    ...nonZero({ readyReplicas: ready }),
    ...nonZero({ currentReplicas: pods.filter((pod) => revisionOf(pod) === current).length }),
    ...nonZero({ updatedReplicas: updated }),
    currentRevision: current,
    updateRevision: revision,
    collisionCount: 0,
    availableReplicas: ready,
  });
}

function everyPod(world: World, set: Stored): readonly Stored[] {
  return list(world, "pods", set.metadata.namespace).filter((pod) => isOwnedBy(pod, set));
}

function ordinalOf({ metadata }: Stored): number {
  return Number(/-(\d+)$/.exec(metadata.name)?.[1] ?? -1);
}

function revisionOf({ metadata }: Stored): string | undefined {
  return metadata.labels?.["controller-revision-hash"];
}
